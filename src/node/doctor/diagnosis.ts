import {
  checkAgreement,
  checkClock,
  checkDisk,
  checkMemory,
  checkPolicy,
  checkProxy,
  checkVersions,
} from './check-site.ts'
import { checkInbound, checkNames, checkOutbound, checkPorts, checkRelay } from './check-ways.ts'
import { missingRule } from './missing-rule.ts'
import type { Diagnosis, DoctorFacts } from './types.ts'

/** What the facts mean, and what to do: facts → findings → the one rule that is missing. */
export function diagnose(facts: DoctorFacts): Diagnosis {
  const findings = [
    checkNames,
    checkPorts,
    checkOutbound,
    checkInbound,
    checkRelay,
    checkClock,
    checkVersions,
    checkAgreement,
    checkDisk,
    checkMemory,
    checkProxy,
    checkPolicy,
  ].flatMap((check) => check(facts))
  return { findings, rule: missingRule(facts), facts }
}

/** Whether something has to be done before this site works. */
export function hasFailed({ findings }: Diagnosis): boolean {
  return findings.some(({ level }) => level === 'fail')
}

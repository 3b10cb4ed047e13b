import type { Measurements } from './prepared-data.ts'

/** In the order of UCI's files. */
export const HEART_COLUMNS = ['age', 'sex', 'cp', 'trestbps', 'chol', 'fbs', 'restecg', 'thalach', 'exang', 'oldpeak', 'slope', 'ca', 'thal', 'num'] as const // prettier-ignore

/** One patient; null where something was not taken. */
export type HeartRow = Readonly<Record<(typeof HEART_COLUMNS)[number], number | null>>

type Column = keyof HeartRow

const WORDS: Partial<Record<Column, Readonly<Record<number, string>>>> = {
  cp: { 1: 'typical angina', 2: 'atypical angina', 3: 'non-anginal pain', 4: 'no pain' },
  fbs: { 0: 'normal sugar', 1: 'high sugar' },
  restecg: { 0: 'normal ECG', 1: 'ECG with ST-T change', 2: 'ECG with hypertrophy' },
  exang: { 0: 'no exercise angina', 1: 'exercise angina' },
  slope: { 1: 'rising ST', 2: 'flat ST', 3: 'falling ST' },
  thal: { 3: 'normal scan', 6: 'fixed defect', 7: 'reversible defect' },
}

/** Of each column that is a number, what stands before it. */
const NUMBERS: Partial<Record<Column, string>> = {
  trestbps: 'blood pressure',
  chol: 'cholesterol',
  thalach: 'top pulse',
  oldpeak: 'ST depression',
  ca: 'narrowed vessels',
}

/** Of which zero is no value that a living patient has: it was not taken. */
const NEVER_ZERO = new Set<Column>(['trestbps', 'chol', 'thalach'])

/** Categories of more than two. */
const CATEGORIES = ['cp', 'restecg', 'slope', 'thal'] as const

/** `63 year old man, typical angina, blood pressure 145, …`: what was not taken is left out. */
export function heartSentence(row: HeartRow): string {
  const who = `${row.age} year old ${row.sex === 1 ? 'man' : 'woman'}`
  const parts = HEART_COLUMNS.flatMap((column) => {
    const value = valueOf(row, column)
    if (value === null) return []
    const words = WORDS[column]?.[value]
    if (words !== undefined) return [words]
    const said = NUMBERS[column]
    return said === undefined ? [] : [`${said} ${value}`]
  })
  return [who, ...parts].join(', ')
}

/** Numbers as they are, categories of more than two as zeros and ones. */
export function heartMeasurements(row: HeartRow): Measurements {
  return HEART_COLUMNS.filter((column) => column !== 'num').flatMap((column) => {
    const value = valueOf(row, column)
    const categories = CATEGORIES.find((one) => one === column) && Object.keys(WORDS[column]!)
    if (categories === undefined) return [value]
    return categories.map((one) => (value === null ? null : Number(Number(one) === value)))
  })
}

function valueOf(row: HeartRow, column: Column): number | null {
  const value = row[column]
  return value === 0 && NEVER_ZERO.has(column) ? null : value
}

/** Metrics in the text format that Prometheus reads. */
export interface MetricsSource {
  readonly contentType: string
  text(): Promise<string>
}

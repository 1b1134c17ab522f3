/**
 * A small registry in the Prometheus text format (version 0.0.4). Labels are few and known beforehand: routes, status
 * codes, outcomes; never an agent, a tenant or a person.
 */

const durationBucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

interface Histogram {
  readonly countsByBucket: number[];
  sum: number;
  count: number;
}

export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #exports = new Map<string, number>();
  readonly #startedSeconds: number;
  #openStreams = 0;

  constructor(startedAtMs: number) {
    this.#startedSeconds = startedAtMs / 1000;
  }

  /** `route` is the id of the table, `static` for files, or `none`. */
  requestEnded(route: string, status: number, seconds: number): void {
    increase(this.#requests, `route="${route}",status="${status}"`);
    const histogram = this.#durations.get(route) ?? {
      countsByBucket: durationBucketsSeconds.map(() => 0),
      sum: 0,
      count: 0,
    };
    this.#durations.set(route, histogram);
    for (const [i, bound] of durationBucketsSeconds.entries()) {
      if (seconds <= bound) histogram.countsByBucket[i]! += 1;
    }
    histogram.sum += seconds;
    histogram.count += 1;
  }

  /** One operation of an export batch, by its result's status. */
  exportEnded(status: string): void {
    increase(this.#exports, `status="${status}"`);
  }

  streamOpened(): void {
    this.#openStreams += 1;
  }

  streamClosed(): void {
    this.#openStreams -= 1;
  }

  text(): string {
    const { rss, heapUsed } = process.memoryUsage();
    return [
      ...counter('springline_http_requests_total', 'Requests by route and status.', this.#requests),
      ...this.#durationLines(),
      ...counter('springline_export_operations_total', 'Export operations by result.', this.#exports),
      ...gauge('springline_open_streams', 'Event streams that are open.', this.#openStreams),
      ...gauge('process_resident_memory_bytes', 'Resident memory.', rss),
      ...gauge('nodejs_heap_size_used_bytes', 'Used heap of the main thread.', heapUsed),
      ...gauge('process_start_time_seconds', 'Start, seconds since 1970.', this.#startedSeconds),
      '',
    ].join('\n');
  }

  #durationLines(): string[] {
    const name = 'springline_http_request_duration_seconds';
    const lines = [`# HELP ${name} Time to answer, by route.`, `# TYPE ${name} histogram`];
    for (const [route, { countsByBucket, sum, count }] of this.#durations) {
      for (const [i, bound] of durationBucketsSeconds.entries()) {
        lines.push(`${name}_bucket{route="${route}",le="${bound}"} ${countsByBucket[i]}`);
      }
      lines.push(`${name}_bucket{route="${route}",le="+Inf"} ${count}`);
      lines.push(`${name}_sum{route="${route}"} ${sum}`, `${name}_count{route="${route}"} ${count}`);
    }
    return lines;
  }
}

function increase(counts: Map<string, number>, labels: string): void {
  counts.set(labels, (counts.get(labels) ?? 0) + 1);
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): string[] {
  const lines = [...counts].map(([labels, count]) => `${name}{${labels}} ${count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

internal import CacheModel

/// Whether caches and cachegauge itself answer. The same for every configuration.
struct AvailabilityRules: Sendable {
  let pace: Pace

  var rules: [Rule] { [down, stale, exporterDown, exporterAbsent] }

  private var down: Rule {
    let age = Template.value(
      "time() - (cache_last_success_timestamp_seconds% > 0)", by: Template.targetLabels, "humanizeDuration",
      missing: "as long as cachegauge runs")
    let cause = Template.lookup("cache_failure_info", by: Template.targetLabels)
    return .alert(
      "CacheDown", .critical, in: .all, hold: 60, runbook: runbook(.targetDown),
      summary: "\(Template.place)the cache does not answer",
      description:
        "No poll has succeeded for \(age){{ with \(cause) }}; the cause is {{ . | first | label \"cause\" }}"
        + "{{ end }}.",
      "cache_up == 0")
  }

  private var stale: Rule {
    .alert(
      "CacheSampleStale", .warning, in: .all, hold: 120, runbook: runbook(.sampleStale),
      summary: "\(Template.place)the last sample is old",
      description:
        "The last sample was {{ $value | humanizeDuration }} old when it was scraped, though the cache counts "
        + "as up: polling hangs, or the clocks of cachegauge and Prometheus differ.",
      comment: ["The age of a sample when it was scraped, so that a gap between scrapes is not taken for one."],
      """
      timestamp(cache_last_success_timestamp_seconds) - cache_last_success_timestamp_seconds
        > 30 + 3 * cache_poll_interval_seconds
        unless cache_up == 0
      """)
  }

  private var exporterDown: Rule {
    .alert(
      "CachegaugeDown", .critical, in: .all, hold: 120, runbook: "alerts/README.md#exporter-down",
      summary: "{{ $labels.instance }}: cachegauge can't be scraped",
      description:
        "Prometheus has not been able to scrape cachegauge at {{ $labels.instance }} (job {{ $labels.job }}) "
        + "for 2 minutes: nothing is known of the caches that it watches.",
      comment: ["Whatever has served cachegauge's figures within a day, and can't be scraped now."],
      "up == 0 and on (job, instance) max by (job, instance) (last_over_time(cachegauge_build_info[1d]))")
  }

  private var exporterAbsent: Rule {
    .alert(
      "CachegaugeAbsent", .critical, in: .all, hold: 300, runbook: "alerts/README.md#exporter-down",
      summary: "No cachegauge is scraped",
      description:
        "Prometheus has had no figures from any cachegauge for 10 minutes: it is not running, or no scrape "
        + "configuration finds it.",
      "absent(cachegauge_build_info)")
  }
}

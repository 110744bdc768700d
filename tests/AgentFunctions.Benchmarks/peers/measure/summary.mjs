// From the measurements of all rounds to one row an engine and level, with the ratio to ours of the same round.
import { ours } from '../engines/index.mjs';

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length === 0 ? null : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** `measurements` are {engine, round, level, sync_ms, result}; a value of a row is the median over the rounds. */
export function summarize(measurements) {
  const groups = groupBy(measurements, (m) => `${m.engine} ${m.level}`);
  return [...groups.values()].map((group) => {
    const { engine, level } = group[0];
    const of = (field) => median(group.map((m) => m.result[field]));
    const against = group.flatMap((m) => {
      const mine = measurements.find((o) => o.engine === ours && o.level === level && o.round === m.round);
      return engine !== ours && mine ? [{ theirs: m.result, mine: mine.result }] : [];
    });
    return {
      engine, concurrency: level, rounds: group.length, runs_per_second: of('runs_per_second'),
      runs_per_second_min: Math.min(...group.map((m) => m.result.runs_per_second)), runs_per_second_max: Math.max(...group.map((m) => m.result.runs_per_second)),
      p50_ms: of('p50_ms'), p99_ms: of('p99_ms'), step_p50_ms: of('step_p50_ms'), step_p99_ms: of('step_p99_ms'),
      ours_times_runs: median(against.map(({ mine, theirs }) => mine.runs_per_second / theirs.runs_per_second)),
      ours_share_of_step_p50: median(against.map(({ mine, theirs }) => mine.step_p50_ms / theirs.step_p50_ms)),
      sync_ms: median(group.map((m) => m.sync_ms)),
    };
  }).sort((a, b) => a.concurrency - b.concurrency);
}

/** A line for each level: ours against the peer with the most runs per second there. */
export function againstTheBest(rows) {
  const peers = rows.filter((r) => r.ours_times_runs !== null);
  return [...groupBy(peers, (r) => r.concurrency)].map(([level, all]) => {
    const best = all.reduce((a, b) => (b.runs_per_second > a.runs_per_second ? b : a));
    return `- ${level} at once, against ${best.engine}, the fastest peer there: ${n(best.ours_times_runs)} × its runs per second (aim 5), ${n(best.ours_share_of_step_p50)} × its p50 of a step (aim 0.2)`;
  }).join('\n');
}

export function markdown(rows) {
  const head = ['engine', 'at once', 'runs/s (min–max)', 'run p50 / p99, ms', 'step p50 / p99, ms', 'ours: runs/s', 'ours: step p50', 'disk sync, ms'];
  const lines = rows.map((r) => [
    r.engine, r.concurrency, `${n(r.runs_per_second)} (${n(r.runs_per_second_min)}–${n(r.runs_per_second_max)})`,
    `${n(r.p50_ms)} / ${n(r.p99_ms)}`, `${n(r.step_p50_ms)} / ${n(r.step_p99_ms)}`,
    r.ours_times_runs === null ? '' : `${n(r.ours_times_runs)} ×`, r.ours_share_of_step_p50 === null ? '' : `${n(r.ours_share_of_step_p50)} ×`, n(r.sync_ms),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Three digits are all that a benchmark on a shared machine knows. */
const n = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

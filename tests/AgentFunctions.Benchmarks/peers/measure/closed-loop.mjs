// The load all engines get: N clients, each starting its next run when its last one has ended, for a window after a warm-up.
import { performance } from 'node:perf_hooks';

export const stepsPerRun = 10;

/**
 * Runs `run` from `concurrency` clients and returns what one level measured; times are milliseconds, of every run that was
 * under way in the window. Runs per second counts a run by the share of it that lies in the window: clients that move in
 * step would else count all or nothing.
 */
export async function closedLoop(run, { concurrency, seconds, warmup }) {
  const begin = performance.now() + warmup * 1000;
  const end = begin + seconds * 1000;
  const times = [];
  let done = 0;
  const client = async () => {
    for (let started = performance.now(); started < end;) {
      await run();
      const now = performance.now();
      done += Math.max(0, Math.min(now, end) - Math.max(started, begin)) / (now - started);
      if (now >= begin) times.push(now - started);
      started = now;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  return level(concurrency, seconds, done, times);
}

function level(concurrency, seconds, done, times) {
  times.sort((a, b) => a - b);
  const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
  return {
    concurrency, runs: times.length, seconds, runs_per_second: done / seconds,
    p50_ms: p50, p99_ms: p99, step_p50_ms: p50 / stepsPerRun, step_p99_ms: p99 / stepsPerRun,
  };
}

/** By nearest rank: a value that was measured. */
export function percentile(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

// Measures one engine: node measure/engine.mjs NAME --levels 1,16 --seconds 5 --warmup 2 --data DIR --json FILE [--profile P]
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { closedLoop } from './closed-loop.mjs';

const { values, positionals: [name] } = parseArgs({
  allowPositionals: true,
  options: {
    levels: { type: 'string', default: '1,16,256' }, seconds: { type: 'string', default: '5' }, warmup: { type: 'string', default: '2' },
    data: { type: 'string' }, json: { type: 'string' }, profile: { type: 'string' },
  },
});

// An exit ends the servers of the engine with it; a signal by itself would leave them.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

try {
  fs.mkdirSync(values.data, { recursive: true });
  const { start } = await import(`../engines/${name}.mjs`);
  const engine = await start({ data: values.data, profile: values.profile });
  const levels = [];
  for (const concurrency of values.levels.split(',').map(Number))
    levels.push(await closedLoop(engine.run, { concurrency, seconds: Number(values.seconds), warmup: Number(values.warmup) }));
  await engine.stop();
  fs.writeFileSync(values.json, JSON.stringify({ engine: name, version: engine.version, settings: engine.settings, levels }, null, 2));
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

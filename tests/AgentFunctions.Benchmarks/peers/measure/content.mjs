// What the steps return, the same for every engine, and the check that a run really had all of it.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { stepsPerRun } from './closed-loop.mjs';

export const content = JSON.parse(fs.readFileSync(new URL('../content.json', import.meta.url), 'utf8'));

const expected = Array.from({ length: stepsPerRun }, (_, step) => (step % 2 === 0 ? content.model : content.tool));

/** Throws unless `results` are the results of the ten steps in order. */
export function expectSteps(results) {
  if (results.length !== stepsPerRun || results.some((result, step) => result !== expected[step]))
    throw new Error(`a run ended with ${results.length} steps, or with other content than content.json has`);
}

export function packageVersion(name) {
  const modules = createRequire(import.meta.url).resolve.paths(name)[1];
  const folder = [modules, ...createRequire(import.meta.url).resolve.paths(name)].find((m) => fs.existsSync(path.join(m, name)));
  return JSON.parse(fs.readFileSync(path.join(folder, name, 'package.json'), 'utf8')).version;
}

// What the steps return, the same for every engine, and the check that a run really had all of it.
import fs from 'node:fs';
import { stepsPerRun } from './closed-loop.mjs';

export const content = JSON.parse(fs.readFileSync(new URL('../content.json', import.meta.url), 'utf8'));

const expected = Array.from({ length: stepsPerRun }, (_, step) => (step % 2 === 0 ? content.model : content.tool));

/** Throws unless `results` are the results of the ten steps in order. */
export function expectSteps(results) {
  if (results.length !== stepsPerRun || results.some((result, step) => result !== expected[step]))
    throw new Error(`a run ended with ${results.length} steps, or with other content than content.json has`);
}

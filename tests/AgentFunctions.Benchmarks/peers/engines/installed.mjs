// What of the peers is on this machine. It imports nothing of theirs, so that it can say what is missing.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of an npm package, or an error that says how to get it. */
export function packageFolder(name) {
  const folder = require.resolve.paths(name).map((modules) => path.join(modules, name)).find(fs.existsSync);
  if (!folder) throw new Error(`the npm package ${name} is not installed: run \`npm ci\` in this folder where the npm registry can be reached`);
  return folder;
}

export const packageVersion = (name) => JSON.parse(fs.readFileSync(path.join(packageFolder(name), 'package.json'), 'utf8')).version;

/** The folder of initdb and postgres, or an error that says how to get it. */
export function postgresFolder() {
  const root = '/usr/lib/postgresql';
  const versions = fs.existsSync(root) ? fs.readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((v) => path.join(root, v, 'bin')), ...process.env.PATH.split(path.delimiter)];
  const found = folders.find((folder) => fs.existsSync(path.join(folder, 'initdb')));
  if (!found) throw new Error('PostgreSQL is missing: apt-get install postgresql, or put initdb and postgres on the PATH');
  return found;
}

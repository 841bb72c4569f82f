#!/usr/bin/env node
// Plain JavaScript that an old Node can read, so that it can say what it lacks before any TypeScript is imported.
import module from 'node:module';
import { fileURLToPath, URL } from 'node:url';
import { refusalOfNode } from '../src/node-version.js';

const refusal = refusalOfNode(process.versions.node);
if (refusal === undefined) {
  // A start takes half the time where the code was compiled before. It lies beside the code, so that whoever could change
  // the one could change the other; where nothing can be written there, it is left out.
  module.enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/keyhaven', import.meta.url)));
  import('../src/main.ts').then(({ main }) => main(process.argv.slice(2)));
} else {
  process.stderr.write(`keyhaven: ${refusal}\n`);
  process.exitCode = 1;
}

#!/usr/bin/env node
// Plain JavaScript that an old Node can read, so that it can say what it lacks before any TypeScript is imported.
import { refusalOfNode } from '../src/node-version.js';

const refusal = refusalOfNode(process.versions.node);
if (refusal === undefined) {
  import('../src/main.ts').then(({ main }) => main(process.argv.slice(2)));
} else {
  process.stderr.write(`keyhaven: ${refusal}\n`);
  process.exitCode = 1;
}

import { dataKeyPairSpec } from '@keyhaven/api-model';
import { isImportable, type KeySpecRow, keySpecs } from '../../../packages/server/src/keys/key-specs.ts';

const pairSpecs: ReadonlySet<string> = new Set(dataKeyPairSpec.values);

/** The key specs with what each of them can do, from the registry that the service itself reads. */
export function renderKeySpecs(): string {
  return `| Key spec | Usages and their algorithms | Data key pairs | Import | Automatic rotation | Regions |
| --- | --- | --- | --- | --- | --- |
${keySpecs().map(renderRow).join('\n')}`;
}

function renderRow(spec: KeySpecRow): string {
  const usages = [...spec.algorithms].map(
    ([usage, algorithms]) => `${usage}: ${algorithms.map((name) => `\`${name}\``).join(', ')}`,
  );
  const cells = [
    `\`${spec.name}\``,
    usages.join('; '),
    yesOrNo(pairSpecs.has(spec.name)),
    yesOrNo(isImportable(spec)),
    yesOrNo(spec.rotates),
    spec.partition === undefined ? 'all' : `those of \`${spec.partition}\``,
  ];
  return `| ${cells.join(' | ')} |`;
}

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

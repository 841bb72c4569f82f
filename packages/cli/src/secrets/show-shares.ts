import type { Secret } from '@keyhaven/crypto';
import { revealText } from '../admin/act.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { HandOut } from './hand-out.ts';

/** Shares as they are printed: themselves, or the files that they were written into. */
export interface ShownShares {
  readonly json: { readonly shares?: readonly string[]; readonly shareFiles?: readonly string[] };
  readonly text: string;
}

/** Hands the shares of a seal out, for good. */
export function handOutShares(
  shares: readonly Secret[],
  threshold: number,
  out: HandOut,
  terminal: Terminal,
): ShownShares {
  const texts = shares.map(revealText);
  for (const share of shares) share.dispose();
  const paths = out.deliver(
    texts.map((text) => `${text}\n`),
    terminal,
  );
  const shareFiles = paths.filter((path) => path !== undefined);
  const shown = texts.filter((_, index) => paths[index] === undefined);
  const lines = texts.map((text, index) => `Share ${index + 1}  ${paths[index] ?? text}\n`);
  const advice =
    shown.length === 0
      ? 'Give each file to another keeper, and remove it here.'
      : 'The shares are shown this once. Give each to another keeper.';
  return {
    json: {
      ...(shown.length > 0 ? { shares: shown } : {}),
      ...(shareFiles.length > 0 ? { shareFiles } : {}),
    },
    text: `${lines.join('')}${advice} Any ${threshold} of the ${texts.length} open the seal.\n`,
  };
}

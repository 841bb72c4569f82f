import type { Progress } from '../admin/reply-lines.ts';
import { showPlain } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** Where lines go one below the other, one for each tenth of the way is enough. */
const stepsOfWay = 10;

/** For terminals that do not tell their width. */
const usualColumns = 80;

/** Tells how far something is: on a terminal in one line that changes, elsewhere line by line. */
export class ProgressLine {
  readonly #errors: Terminal['errors'];
  #last = '';
  #isOpen = false;

  constructor({ errors }: Terminal) {
    this.#errors = errors;
  }

  show(progress: Progress): void {
    const text = showPlain(progress.text).replaceAll('\n', ' ');
    const { done, of } = progress;
    const count = done === undefined ? '' : ` ${done}${of === undefined ? '' : ` of ${of}`}`;
    if (this.#errors.isTTY === true) {
      // A line that wraps could not be taken back.
      const { columns = 0 } = this.#errors;
      const room = (columns > 0 ? columns : usualColumns) - 1;
      const line = Array.from(text + count).slice(0, room);
      this.#errors.write(`\r${line.join('')}\u001b[K`);
      this.#isOpen = true;
      return;
    }
    const step = done === undefined || of === undefined ? '' : String(Math.floor((done / of) * stepsOfWay));
    if (this.#last === text + step) return;
    this.#last = text + step;
    this.#errors.write(`${text}${count}\n`);
  }

  /** Leaves the line, so that what is written next does not stand behind it. */
  end(): void {
    if (this.#isOpen) this.#errors.write('\r\u001b[K');
    this.#isOpen = false;
  }
}

import { StartRefusal } from '../start-refusal.ts';

/** Where a value was given, so that a refusal can name it and the command can answer with the right exit code. */
export type OptionSource = 'flag' | 'environment' | 'file';

/** An option that is unknown, malformed or at odds with another. */
export class OptionRefusal extends StartRefusal {
  readonly source: OptionSource;

  constructor(source: OptionSource, reason: string, nextStep: string) {
    super(reason, nextStep);
    this.name = 'OptionRefusal';
    this.source = source;
  }
}

/** Why the service does not start, in a sentence, and what to do about it. Never a stack trace for the user. */
export class StartRefusal extends Error {
  readonly nextStep: string;

  constructor(reason: string, nextStep: string) {
    super(reason);
    this.name = 'StartRefusal';
    this.nextStep = nextStep;
  }
}

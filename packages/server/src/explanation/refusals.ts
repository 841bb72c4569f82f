import { findNearest } from '../config/nearest-name.ts';
import { StartRefusal } from '../start-refusal.ts';

/** A question that cannot be answered: why, and what to ask instead. */
export class QuestionRefusal extends StartRefusal {}

export function noSuchPrincipal(name: string): QuestionRefusal {
  return new QuestionRefusal(
    `There is no principal ${JSON.stringify(name)}.`,
    'Name a user, a role, a session of a role or the root user by ARN, or a service as s3.amazonaws.com. ' +
      'Users and roles come from the seed file.',
  );
}

export function noSuchKey(name: string): QuestionRefusal {
  return new QuestionRefusal(
    `There is no key ${JSON.stringify(name)}.`,
    'Name a key that exists by key ARN or alias ARN; an id or alias name needs its Region too.',
  );
}

export function noSuchAction(action: string, known: Iterable<string>): QuestionRefusal {
  const nearest = findNearest(action, [...known]);
  return new QuestionRefusal(
    `There is no action ${JSON.stringify(action)}.`,
    nearest === undefined ? 'Name an action of KMS such as kms:Decrypt.' : `Did you mean ${nearest}?`,
  );
}

export {
  type JournalRecord,
  day,
  readJournal,
  startTestService,
  type TestService,
  type TestServiceOptions,
} from './start-service.ts';
export { type Refusal, refusalOf } from './refusal.ts';
export { administer, ActRefused } from './administer.ts';

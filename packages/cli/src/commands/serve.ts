import type { Service, ServiceOptions } from '@keyhaven/server';
import { type Command, Option } from 'commander';
import type { GivenFlags, OptionSpec } from '@keyhaven/server/config';
import { CommandFailure, exitCodes } from '../command-failure.ts';

// The server is imported when it is needed and not before: other commands start without it.
const importOptions = () => import('@keyhaven/server/config');
const importServer = () => import('@keyhaven/server');

const epilogue = `
Each option can be set by the environment variable in brackets as well; the flag wins.
Exit codes: 0 ended by SIGTERM or SIGINT, 1 refused to start, 2 wrong usage, 70 unexpected error,
74 the data folder can no longer be written.
Documentation: README.md and the folder docs/ of the Keyhaven repository.`;

/** `keyhaven serve`: runs the service until it is told to stop. */
export async function addServe(program: Command, version: string): Promise<void> {
  const { optionTable, describeDefault } = await importOptions();
  const specs = Object.values<OptionSpec>(optionTable);
  const options = specs.map((spec) => createOption(spec, describeDefault(spec)));
  const command = program
    .command('serve')
    .summary('run the service on this machine (development profile)')
    .description(
      'Runs the service on this machine, in the development profile: plain HTTP on the loopback interface and the ' +
        'well-known credentials test/test of account 000000000000.',
    )
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', epilogue);
  for (const option of options) command.addOption(option);
  command.action(async (given: Readonly<Record<string, readonly string[] | undefined>>) => {
    const flags: Record<string, readonly string[]> = {};
    for (const option of options) {
      const texts = given[option.attributeName()];
      if (texts !== undefined && option.long !== undefined) flags[option.long] = texts;
    }
    await serve(flags, version);
  });
}

/** Every flag is read as the list of texts given for it; what they mean is the option table's to say. */
function createOption(spec: OptionSpec, otherwise: string | undefined): Option {
  const notes = otherwise === undefined ? spec.environment : `${spec.environment}, default ${otherwise}`;
  return new Option(`${spec.flag} <${spec.placeholder}>`, `${spec.doc} [${notes}]`).argParser(
    (text: string, previous: readonly string[] | undefined) => [...(previous ?? []), text],
  );
}

async function serve(flags: GivenFlags, version: string): Promise<void> {
  const told = firstSignal();
  const service = await start(flags);
  process.stdout.write(renderBanner(service, version));
  const failed = service.failed.then((error) => {
    throw new CommandFailure(
      `The service ended because it can no longer store what it would acknowledge: ${error.message}`,
      'See that the disk has space and can be written and that nobody removed files from the data folder, then start it again.',
      exitCodes.inputOutput,
    );
  });
  await Promise.race([told, failed]);
  await Promise.race([service.close(), failed]);
}

async function start(flags: GivenFlags): Promise<Service> {
  const options = await readOptions(flags);
  const { StartRefusal, startService } = await importServer();
  try {
    return await startService(options);
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error;
    throw new CommandFailure(error.message, error.nextStep, exitCodes.refused);
  }
}

async function readOptions(flags: GivenFlags): Promise<ServiceOptions> {
  const { OptionRefusal, readEnvironment, resolveOptions } = await importOptions();
  try {
    return resolveOptions(flags, readEnvironment());
  } catch (error) {
    if (!(error instanceof OptionRefusal)) throw error;
    const exitCode = error.source === 'flag' ? exitCodes.usage : exitCodes.refused;
    throw new CommandFailure(error.message, error.nextStep, exitCode);
  }
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once, as the shell expects of it. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isFirst = true;
    const receive = (exitCode: number) => () => {
      if (!isFirst) process.exit(exitCode);
      isFirst = false;
      resolve();
    };
    process.on('SIGINT', receive(130));
    process.on('SIGTERM', receive(143));
  });
}

/** What a developer needs first. The last line is for programs: it stands there once requests are answered. */
function renderBanner({ url, dataDir }: Service, version: string): string {
  return `Keyhaven ${version}: a key management service that speaks the AWS KMS API

  endpoint     ${url}
  data folder  ${dataDir}

To use it with the AWS CLI:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
  aws --endpoint-url ${url} kms create-key

This is the development profile: well-known credentials, plain HTTP, this machine only.
Do not keep real secrets in it.

listening on ${url}
`;
}

import { OptionRefusal, type OptionSource } from './option-refusal.ts';
import { optionTable } from './options.ts';
import type { ResolvedValues } from './resolve-options.ts';
import type { ServiceOptions } from './service-options.ts';

type Name = keyof ServiceOptions;

/** How strong a place is: what is said there outdoes what weaker places say. */
const strength: Readonly<Record<OptionSource, number>> = { file: 1, environment: 2, flag: 3 };

/**
 * The options, if they make sense together. Of the two ways to give a passphrase, the one from the stronger place
 * counts: a flag replaces what the configuration file says. Throws OptionRefusal.
 */
export function refuseContradictions({ values, sources }: ResolvedValues<ServiceOptions>): ServiceOptions {
  const refuse = (name: Name, reason: string, nextStep: string): never => {
    throw new OptionRefusal(
      sources.get(name) ?? 'flag',
      `${nameOf(name, sources.get(name))} ${reason}.`,
      nextStep,
    );
  };
  const needs = (name: Name, other: Name, why: string) => {
    if (!sources.has(name) || sources.has(other)) return;
    refuse(name, `is given without ${nameOf(other, sources.get(name))}, ${why}`, 'Give both or neither.');
  };
  needs('tlsCert', 'tlsKey', 'and a certificate is of no use without its key');
  needs('tlsKey', 'tlsCert', 'and a key is of no use without its certificate');
  needs('tlsClientCa', 'tlsCert', 'and clients show a certificate only to a service that speaks TLS');
  needs('adminListen', 'tlsCert', 'and operators are known by the certificate that they show over TLS');
  needs('adminListen', 'adminOperators', 'so nobody could use it');
  const [byFd, byFile] = [strengthOf('passphraseFd', sources), strengthOf('passphraseFile', sources)];
  if (byFd > 0 && byFd === byFile) {
    const other = nameOf('passphraseFile', sources.get('passphraseFile'));
    refuse('passphraseFd', `and ${other} are both given`, 'Give one of them: there is one passphrase.');
  }
  return {
    ...values,
    passphraseFd: byFd > byFile ? values.passphraseFd : undefined,
    passphraseFile: byFile > byFd ? values.passphraseFile : undefined,
  };
}

function strengthOf(name: Name, sources: ReadonlyMap<string, OptionSource>): number {
  const source = sources.get(name);
  return source === undefined ? 0 : strength[source];
}

/** As it is called where it was given. */
function nameOf(name: Name, source: OptionSource | undefined): string {
  const { flag, environment, fileKey } = optionTable[name];
  if (source === 'file') return `${fileKey} in the configuration file`;
  return source === 'environment' ? (environment ?? flag) : flag;
}

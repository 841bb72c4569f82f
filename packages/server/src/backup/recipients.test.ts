import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { tryRecipients } from './age-file.ts';
import { BackupRefusal } from './backup-refusal.ts';
import { parseRecipients } from './recipients.ts';

const classic = await identityToRecipient(await generateX25519Identity());
const other = await identityToRecipient(await generateX25519Identity());
const hybrid = await identityToRecipient(await generateHybridIdentity());

function refusalOf(given: readonly string[]): BackupRefusal {
  try {
    parseRecipients(given);
  } catch (error) {
    if (error instanceof BackupRefusal) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('Recipients of a backup', () => {
  it('are age recipients of one kind, X25519 or post-quantum, each of them once', async () => {
    expect(parseRecipients([classic, other, ` ${classic}\n`])).toEqual({
      texts: [classic, other],
      arePostQuantum: false,
    });
    expect(parseRecipients([hybrid])).toEqual({ texts: [hybrid], arePostQuantum: true });
    await tryRecipients(parseRecipients([classic, other]));
    await tryRecipients(parseRecipients([hybrid]));
  });

  it('are refused where there is none', () => {
    expect(refusalOf([]).message).toContain('at least one recipient');
  });

  it('are refused where they mix kinds, because the weaker one decides', () => {
    expect(refusalOf([classic, hybrid]).message).toContain('as weak as the weaker kind');
  });

  it('are refused as a secret identity without repeating it', async () => {
    for (const identity of [await generateX25519Identity(), await generateHybridIdentity()]) {
      for (const text of [identity, identity.toLowerCase(), `x ${identity}`]) {
        const { message, nextStep } = refusalOf([classic, text]);
        expect(message).toContain('secret age identity');
        expect(message + nextStep).not.toContain(identity.slice(20, 40));
      }
    }
  });

  it.each([
    ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJVAQ', 'SSH or PEM'],
    ['ssh-rsa AAAAB3NzaC1yc2E', 'SSH or PEM'],
    ['ecdsa-sha2-nistp256 AAAA', 'SSH or PEM'],
    ['-----BEGIN PUBLIC KEY-----', 'SSH or PEM'],
    ['age1yubikey1qfptdp6kqycn2pmhxr5wkmcxj7c9hw8yqslqgxpe7ppmhnxkx4m7kjcctk7', 'not an age recipient'],
    [`age1tag1${'q'.repeat(54)}`, 'not an age recipient'],
    [classic.slice(0, -1), 'not an age recipient'],
    [classic.toUpperCase(), 'not an age recipient'],
    [`${classic}, ${other}`, 'not an age recipient'],
    ['someone@example.com', 'not an age recipient'],
    ['', 'not an age recipient'],
  ])('refuse %j', (text, reason) => {
    expect(refusalOf([text]).message).toContain(reason);
  });

  it('are refused when they have the right form and are mistyped', async () => {
    for (const [recipient, at] of [
      [classic, 30],
      [hybrid, 500],
    ] as const) {
      const mistyped = recipient.slice(0, at) + (recipient[at] === 'q' ? 'p' : 'q') + recipient.slice(at + 1);
      await expect(tryRecipients(parseRecipients([mistyped]))).rejects.toThrow('mistyped');
    }
  });
});

import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import { FolderLock } from './folder-lock.ts';

const startedAt = '2026-01-01T00:00:00.000Z';
const secondMs = 1000;

function taken(folder: string) {
  const onLost = vi.fn<(error: Error) => void>();
  const lock = FolderLock.take(folder, startedAt, onLost);
  onTestFinished(() => {
    lock.release();
  });
  return { lock, onLost };
}

function refusalOf(folder: string): StartRefusal {
  try {
    taken(folder);
  } catch (error) {
    if (error instanceof StartRefusal) return error;
    throw error;
  }
  throw new Error('the lock was taken');
}

beforeEach(() => {
  vi.useFakeTimers();
  return () => {
    vi.useRealTimers();
  };
});

describe('The lock of a data folder', () => {
  it('is held as long as nobody touches it, and says so of its owner', () => {
    const folder = temporaryFolder();
    const { lock, onLost } = taken(folder);
    vi.advanceTimersByTime(3600 * secondMs);
    expect(lock.isStillHeld()).toBe(true);
    expect(onLost).not.toHaveBeenCalled();
    expect(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))).toEqual({
      pid: process.pid,
      startedAt,
    });
  });

  it('refuses a second owner, and never advises to delete the file', () => {
    const folder = temporaryFolder();
    taken(folder);
    const refusal = refusalOf(folder);
    expect(refusal.message).toContain(`in use by process ${process.pid}`);
    expect(refusal.nextStep).not.toMatch(/delete|remove|move/);
  });

  it('is lost within a second when its file is deleted, and says so once', () => {
    const folder = temporaryFolder();
    const { lock, onLost } = taken(folder);
    rmSync(join(folder, 'lock'));
    expect(lock.isStillHeld()).toBe(false);
    vi.advanceTimersByTime(secondMs);
    expect(onLost).toHaveBeenCalledOnce();
    expect(onLost.mock.lastCall?.[0].message).toContain(`${join(folder, 'lock')} was deleted or replaced`);
    vi.advanceTimersByTime(10 * secondMs);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it('is lost to the first owner when a second one takes the file that replaced it', () => {
    const folder = temporaryFolder();
    const first = taken(folder);
    rmSync(join(folder, 'lock'));
    const second = taken(folder);
    vi.advanceTimersByTime(secondMs);
    expect(first.lock.isStillHeld()).toBe(false);
    expect(first.onLost).toHaveBeenCalledOnce();
    expect(second.lock.isStillHeld()).toBe(true);
    expect(second.onLost).not.toHaveBeenCalled();
  });

  it('is lost when another file, of the same content, takes its name', () => {
    const folder = temporaryFolder();
    const { lock } = taken(folder);
    const path = join(folder, 'lock');
    writeFileSync(`${path}.other`, '');
    renameSync(`${path}.other`, path);
    expect(lock.isStillHeld()).toBe(false);
  });

  it('is watched no more once it was let go', () => {
    const folder = temporaryFolder();
    const { lock, onLost } = taken(folder);
    lock.release();
    rmSync(join(folder, 'lock'));
    vi.advanceTimersByTime(10 * secondMs);
    expect(onLost).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is damaged may be moved away only after every process was ended', () => {
    const folder = temporaryFolder();
    copyFileSync(import.meta.filename, join(folder, 'lock'));
    const { message, nextStep } = refusalOf(folder);
    expect(message).toContain('cannot be locked: file is not a database');
    expect(nextStep).toMatch(/End every process that uses the folder; only then move/);
  });
});

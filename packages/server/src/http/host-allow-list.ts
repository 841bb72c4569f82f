const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Which Host headers are answered. Without this a web page could reach a developer's local server under a name of its
 * own that resolves to 127.0.0.1 (DNS rebinding), with credentials that everyone knows.
 */
export class HostAllowList {
  readonly #names: ReadonlySet<string>;
  /** Hosts seen and found allowed; clients repeat theirs. */
  #last = '';

  constructor(extraNames: readonly string[]) {
    this.#names = new Set([...loopbackNames, ...extraNames.map((name) => name.toLowerCase())]);
  }

  /** Any port is allowed: a forwarded port differs from the one that is listened on. */
  allows(host: string | undefined): boolean {
    if (host === undefined) return false;
    if (host === this.#last) return true;
    const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
    if (!this.#names.has(name) && !/^[a-z0-9.-]+\.localhost$/.test(name)) return false;
    this.#last = host;
    return true;
  }
}

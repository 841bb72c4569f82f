import { isIPv6 } from 'node:net';

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Which Host headers are answered. Without this a web page could reach a developer's local server under a name of its
 * own that resolves to 127.0.0.1 (DNS rebinding), with credentials that everyone knows.
 */
export class HostAllowList {
  readonly #names: ReadonlySet<string>;
  /** Hosts seen and found allowed; clients repeat theirs. */
  #last: string | undefined;

  constructor(extraNames: readonly string[]) {
    this.#names = new Set([...loopbackNames, ...extraNames.map((name) => name.toLowerCase())]);
  }

  /**
   * Any port is allowed: a forwarded port differs from the one that is listened on. So is the address that the client
   * has connected to, which load balancers ask for health by: a page needs a name that it can make point elsewhere.
   */
  allows(host: string | undefined, socket: { readonly localAddress?: string | undefined }): boolean {
    if (host === undefined) return false;
    if (host === this.#last) return true;
    const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
    const isAllowed =
      this.#names.has(name) || /^[a-z0-9.-]+\.localhost$/.test(name) || isAddress(name, socket.localAddress);
    if (isAllowed) this.#last = host;
    return isAllowed;
  }
}

/** Whether a Host header's name is that address (RFC 3986, section 3.2.2). */
function isAddress(name: string, address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return name === (isIPv6(plain) ? `[${plain}]` : plain);
}

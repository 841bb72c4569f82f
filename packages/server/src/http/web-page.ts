/**
 * Whether a browser sent the request for a web page. A page may send a plain POST to any address without asking
 * (a "simple" request, Fetch Standard, "CORS-safelisted"), and the Host of a local service is always right; what
 * browsers say about the sender is all there is to go by. Typing the address in is no web page.
 * No AWS client sends these headers, and no reply here permits a page to read it.
 */
export function isFromWebPage(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 6 && name.toLowerCase() === 'origin') return true;
    if (name.length === 14 && name.toLowerCase() === 'sec-fetch-site') {
      const site = rawHeaders[index + 1]?.trim();
      if (site !== 'none' && site !== 'same-origin') return true;
    }
  }
  return false;
}

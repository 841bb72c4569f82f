/** The oldest Node that Keyhaven runs under; the same as `engines` in package.json. */
const oldest = [24, 7];

/**
 * Why Keyhaven does not run under this version of Node, and the remedy; undefined if it does.
 * @param {string} version as in `process.versions.node`
 * @returns {string | undefined}
 */
export function refusalOfNode(version) {
  const [major, minor] = version.split('.').map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return (
    `Keyhaven needs Node ${oldest.join('.')} or newer and this is ${version}: install a newer one from ` +
    'https://nodejs.org, or use "npm start" in its repository, which brings its own.'
  );
}

/**
 * Replaces exports of a compiled module for everything that is loaded later. What the compiler makes of exports cannot be assigned to, so
 * the module gets another object of exports.
 */
exports.replaceExports = (file, replacements) => {
  const path = require.resolve(`../../../dist/${file}.js`);
  const original = require(path);
  const replaced = replacements(original);
  const unknown = Object.keys(replaced).filter((name) => typeof original[name] !== 'function');
  if (unknown.length > 0) throw new Error(`the sabotage replaces what ${file} no longer exports: ${unknown}`);
  require.cache[path].exports = { ...original, ...replaced };
};

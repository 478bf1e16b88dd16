/** Reads formulas as JSON, [{ tex, display }], and prints them as MathML, which browsers draw with fonts they have. */
const katex = require('katex');
const { readFileSync } = require('node:fs');

const formulas = JSON.parse(readFileSync(0, 'utf8'));
const drawn = formulas.map(({ tex, display }) => {
  try {
    return { html: katex.renderToString(tex, { displayMode: display, output: 'mathml', strict: false }) };
  } catch (error) {
    return { error: error.message };
  }
});
console.log(JSON.stringify(drawn));

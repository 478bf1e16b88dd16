// Part of a shared notebook: draws its charts in the place of their pictures. Where it does not run, the pictures stay.
/* global document, vega, vegaLite */

const tooltip = document.createElement('div');
tooltip.id = 'tooltip';
tooltip.hidden = true;
document.body.append(tooltip);

/** Shows what vega-lite says of a mark, as two columns beside the pointer. */
function showTooltip(_handler, event, _item, value) {
  tooltip.hidden = !value;
  if (!value) return;
  const table = document.createElement('table');
  for (const [name, text] of Object.entries(value)) {
    const row = table.insertRow();
    for (const part of [name, text]) row.insertCell().textContent = String(part);
  }
  tooltip.replaceChildren(table);
  const { width, height } = tooltip.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  tooltip.style.left = `${Math.max(0, Math.min(event.clientX + 12, clientWidth - width - 4))}px`;
  tooltip.style.top = `${event.clientY + 12 + height < clientHeight ? event.clientY + 12 : event.clientY - height - 12}px`;
}

async function draw(figure) {
  const spec = JSON.parse(figure.querySelector('script').textContent);
  const drawing = document.createElement('div');
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'svg', tooltip: showTooltip });
  await view.initialize(drawing).hover().runAsync();
  figure.append(drawing);
  figure.querySelector('img').hidden = true;
}

for (const figure of document.querySelectorAll('.chart')) draw(figure).catch(console.error);

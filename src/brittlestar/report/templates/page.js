"use strict";
// "ast" interprets the charts' expressions: the page's policy allows no code made from text.
for (const place of document.querySelectorAll(".chart")) {
  const spec = JSON.parse(document.getElementById(place.dataset.spec).textContent);
  const actions = { export: true, source: false, compiled: false, editor: false };
  vegaEmbed(place, spec, { renderer: "svg", ast: true, actions, downloadFileName: place.dataset.name })
    .catch((error) => { place.textContent = "This chart could not be drawn: " + error.message; });
}

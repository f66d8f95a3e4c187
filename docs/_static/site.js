// Headings of the menu say their level, and what scrolls on its own can be reached with the keyboard.
const reachable = () => {
  for (const one of document.querySelectorAll("pre, .table-wrapper, .cell_output")) {
    if (one.scrollWidth > one.clientWidth) one.setAttribute("tabindex", "0");
    else one.removeAttribute("tabindex");
  }
};
addEventListener("DOMContentLoaded", () => {
  for (const one of document.querySelectorAll("[role=heading]:not([aria-level])")) one.ariaLevel = "2";
  reachable();
});
addEventListener("load", reachable);
addEventListener("resize", reachable);

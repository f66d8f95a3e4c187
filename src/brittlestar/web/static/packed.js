// What a page of one file holds packed inside itself: gzip as base64, by the id of its element.
export const held = (id) => document.getElementById(id)?.textContent;

export const unpacked = (text) => unzipped(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));

export const unzipped = (bytes) => new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

export const text = async (id) => new TextDecoder().decode(await unpacked(held(id)));

"use strict";
// Looks for a QR code in the pixels of one picture, apart from the page: a picture that was made to keep the decoder
// busy only keeps this busy, and scan.js ends it. Gets {id, pixels, width, height}, gives {id, text}, empty for none.

importScripts("/static/vendor/jsqr.js");

onmessage = ({ data }) => {
  let text = "";
  try {
    text = jsQR(new Uint8ClampedArray(data.pixels), data.width, data.height)?.data ?? "";
  } catch {
    // A picture that the decoder does not bear holds no code.
  }
  postMessage({ id: data.id, text });
};

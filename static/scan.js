"use strict";
// Reads a QR code into a field of a form and sends that form, as if the text had been typed: from a picture that is
// chosen, pasted or dropped, or from the camera. Pictures and frames are looked at here and go nowhere.
//
//   {{ scanning.scan("who") }} of templates/_scan.html puts a box on a page that reads into the field with that id.
//
// Without this file the box stays hidden, and the text is typed or pasted. What a code says is a stranger's: it only ever
// becomes the value of a field, and is checked where typed text is.

(() => {
  const MAX_FILE_BYTES = 20 * 1024 * 1024;
  const MAX_PIXELS = 64_000_000;
  // A picture is looked at in these sizes (its longer side): small codes in large photographs need the larger one,
  // grainy ones the smaller.
  const PICTURE_SIDES = [1000, 1800, 600];
  const FRAME_SIDE = 800;
  const FRAME_PAUSE_MS = 120;
  const MAX_ENLARGED = 8;
  const BORDER = 16;
  const DECODE_LIMIT_MS = 5000;
  // A camera that was forgotten does not stay on.
  const CAMERA_LIMIT_MS = 60_000;
  const MAX_TEXT_CHARACTERS = 4096;

  const CAMERA_PROBLEMS = {
    NotAllowedError: "refused", SecurityError: "refused",
    NotFoundError: "no-camera", OverconstrainedError: "no-camera",
    NotReadableError: "busy", AbortError: "busy",
  };

  // --- Decoding: one worker, made when it is first needed, ended if it takes too long. ---

  let worker;
  let count = 0;

  /** The text of a code in a picture; empty if there is none, or if it takes too long. */
  function decode(picture, width, height, side) {
    const scale = Math.min(side / Math.max(width, height), MAX_ENLARGED);
    const canvas = document.createElement("canvas");
    // A border, since a code that was cut out closely has none of its own, and white under what is transparent.
    canvas.width = Math.max(1, Math.round(width * scale)) + 2 * BORDER;
    canvas.height = Math.max(1, Math.round(height * scale)) + 2 * BORDER;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, BORDER, BORDER, canvas.width - 2 * BORDER, canvas.height - 2 * BORDER);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    worker ??= new Worker("/static/scan-worker.js");
    const asked = worker;
    const id = ++count;
    return new Promise((resolve) => {
      const end = (text) => {
        clearTimeout(limit);
        asked.removeEventListener("message", hear);
        asked.removeEventListener("error", giveUp);
        resolve(text);
      };
      const giveUp = () => {
        asked.terminate();
        if (worker === asked) worker = undefined;
        end("");
      };
      const hear = (event) => { if (event.data.id === id) end(event.data.text); };
      const limit = setTimeout(giveUp, DECODE_LIMIT_MS);
      asked.addEventListener("message", hear);
      asked.addEventListener("error", giveUp);
      asked.postMessage({ id, pixels: data.buffer, width: canvas.width, height: canvas.height }, [data.buffer]);
    });
  }

  // --- One box. ---

  function scanner(box) {
    const field = document.getElementById(box.dataset.scan);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const [camera, choose, file, video, told] = ["camera", "picture", "file", "video", "told"].map(part);
    // Counts what was begun: an answer to what was ended since is not taken.
    let turn = 0;

    function tell(name) {
      told.textContent = name ? box.dataset[name.replace(/-./, (each) => each[1].toUpperCase())] : "";
    }

    function stop() {
      turn += 1;
      for (const track of video.srcObject?.getTracks() ?? []) track.stop();
      video.srcObject = null;
      video.hidden = true;
      camera.textContent = box.dataset.start;
      return turn;
    }

    /** Put what was read into the form and send it. */
    function take(read) {
      stop();
      const text = read.trim();
      const most = field.maxLength > 0 ? field.maxLength : MAX_TEXT_CHARACTERS;
      if (text.length > most) {
        tell("too-long");
        return;
      }
      tell("found");
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.form.requestSubmit(field.form.querySelector("[type=submit]"));
    }

    async function readPicture(blob) {
      const mine = stop();
      if (blob.size > MAX_FILE_BYTES) {
        tell("too-large");
        return;
      }
      tell("looking");
      let picture;
      try {
        picture = await createImageBitmap(blob);
      } catch {
        if (mine === turn) tell("unreadable");
        return;
      }
      const { width, height } = picture;
      let text = "";
      if (width * height > MAX_PIXELS) {
        tell("too-large");
      } else {
        for (const side of PICTURE_SIDES) {
          text = await decode(picture, width, height, side);
          if (text.trim() || mine !== turn) break;
        }
        if (mine === turn) text.trim() ? take(text) : tell("nothing");
      }
      picture.close();
    }

    async function readCamera() {
      const mine = stop();
      tell("asking");
      let stream;
      try {
        if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotFoundError");
        stream = await navigator.mediaDevices.getUserMedia({
          audio: false, video: { facingMode: "environment", width: { ideal: 1280 } },
        });
      } catch (error) {
        if (mine === turn) tell(CAMERA_PROBLEMS[error.name] ?? "busy");
        return;
      }
      if (mine !== turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      stream.getVideoTracks()[0].addEventListener("ended", () => {
        if (mine === turn) {
          stop();
          tell("busy");
        }
      });
      video.srcObject = stream;
      video.hidden = false;
      camera.textContent = box.dataset.stop;
      tell("hold");
      // Refused only where it was ended meanwhile.
      await video.play().catch(() => {});
      const until = performance.now() + CAMERA_LIMIT_MS;
      while (mine === turn) {
        if (video.videoWidth) {
          const text = await decode(video, video.videoWidth, video.videoHeight, FRAME_SIDE);
          if (mine === turn && text.trim()) take(text);
        }
        if (mine === turn && performance.now() > until) {
          stop();
          tell("nothing");
        }
        await new Promise((resolve) => { setTimeout(resolve, FRAME_PAUSE_MS); });
      }
    }

    function readOne(files) {
      const picture = [...files].find((each) => each.type.startsWith("image/"));
      if (picture) {
        readPicture(picture);
      } else {
        stop();
        tell("unreadable");
      }
    }

    camera.addEventListener("click", () => {
      if (video.srcObject) {
        stop();
        tell("");
      } else {
        readCamera();
      }
    });
    choose.addEventListener("click", () => { file.click(); });
    file.addEventListener("change", () => {
      if (file.files.length) readOne(file.files);
      file.value = "";
    });
    // Nobody looks into a camera whose page is not seen.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && video.srcObject) {
        stop();
        tell("");
      }
    });
    addEventListener("pagehide", stop);
    box.hidden = false;
    return readOne;
  }

  const [readFirst] = [...document.querySelectorAll("[data-scan]")].map(scanner);
  if (!readFirst) return;

  // Files are pasted and dropped anywhere on the page, but a field that takes files keeps what is dropped on it.
  document.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    readFirst(event.clipboardData.files);
  });
  const takesFiles = (event) => event.target.closest?.("input[type=file]");
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("Files") && !takesFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length || takesFiles(event)) return;
    event.preventDefault();
    readFirst(event.dataTransfer.files);
  });
})();

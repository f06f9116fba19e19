import Hls from "hls.js/light";
import { signed } from "../api/client";

/** Play a playlist of this server that still grows, from its start; return what ends it. */
export function playGrowing(video: HTMLVideoElement, playlist: string, onLost: () => void): () => void {
  if (!Hls.isSupported()) {
    video.src = playlist; // Safari on phones plays it itself, and sends the cookie
    return () => video.removeAttribute("src");
  }
  const hls = new Hls({
    enableWorker: false, // the content security policy allows none
    startPosition: 0, // and not near its end, as with a live programme
    xhrSetup: async (request, address) => {
      request.open("GET", address, true);
      // The links to the scenes are signed; a header would only make a CDN ask first.
      if (new URL(address, location.href).pathname !== playlist) return;
      for (const [name, value] of Object.entries(await signed())) request.setRequestHeader(name, value);
    },
  });
  let recovered = false;
  hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
    if (!fatal) return;
    if (type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
      recovered = true;
      hls.recoverMediaError();
    } else {
      onLost();
    }
  });
  hls.loadSource(playlist);
  hls.attachMedia(video);
  return () => hls.destroy();
}

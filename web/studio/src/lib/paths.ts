/** The addresses of the pages. The server's list of them is `ADDRESSES` in `web/api/studio.py`. */
export const paths = {
  home: "/",
  create: "/create",
  queue: "/queue",
  videos: "/videos",
  video: (job: string) => `/videos/${job}`,
  projects: "/projects",
  project: (id: string) => `/projects/${id}`,
  batches: "/batches",
  batch: (id: string) => `/batches/${id}`,
  faces: "/faces",
  voices: "/recordings", // `/voices` is a route of the API
  account: (view = "") => (view ? `/account/${view}` : "/account"),
  operate: "/operate",
  verify: "/verify",
  report: "/report",
  consents: "/consents",
  credits: "/credits",
  models: "/models",
  compare: (one: string, other: string) => `/compare?a=${one}&b=${other}`,
};

/** Return the job that a page shows; null on other pages. */
export function jobOf(pathname: string): string | null {
  return /^\/videos\/([^/]+)\/?$/.exec(pathname)?.[1] ?? null;
}

/** Return the present address of one with a fragment from before, as in old mails and bookmarks; null: it is none. */
export function redirected(hash: string): string | null {
  const [page, rest = ""] = hash.replace(/^#\/?/, "").split("/");
  switch (page) {
    case "make":
      return paths.create;
    case "watch":
      return rest ? paths.video(rest) : paths.queue;
    case "library":
      return rest === "faces" || rest === "voices" ? paths[rest] : paths.videos;
    case "account":
      return paths.account(rest);
    default:
      return null;
  }
}

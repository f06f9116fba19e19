import { useMutation } from "@tanstack/react-query";
import { signed } from "../api/client";
import { read, send } from "../api/http";
import type { Project } from "../api/types";
import { saveFile } from "../lib/saveFile";
import { path } from "./projects";

/** Save the timeline of a project; a link cannot carry the header that proves who asks. */
export function useDownload({ id, name }: Project) {
  return useMutation({
    mutationFn: async (format: string) => {
      const answer = await send(`${path(id)}/export?format=${format}`, { headers: await signed() });
      if (!answer.ok) throw await read(answer);
      saveFile(await answer.blob(), `${name}.${format}`);
    },
  });
}

import { go, route } from "../lib/route";
import { Segments } from "../ui/Segments";
import { KeptPage } from "./KeptPage";
import { LibraryPage } from "./LibraryPage";

/** The library: finished videos, and the faces and voices for further ones. */
export function LibraryTabs() {
  const view = route.use((now) => now.now.view ?? "");
  const shown = view === "faces" || view === "voices" ? view : "videos";
  return (
    <div className="space-y-8">
      <div className="max-w-md">
        <Segments legend="Library" value={shown} onChange={(value) => go(value === "videos" ? "#library" : `#library/${value}`)}
          choices={[{ value: "videos", label: "Videos" }, { value: "faces", label: "Faces" }, { value: "voices", label: "Voices" }]} />
      </div>
      {shown === "videos" ? <LibraryPage /> : <KeptPage key={shown} kind={shown === "faces" ? "face" : "voice"} />}
    </div>
  );
}

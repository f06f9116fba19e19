import type { Kept } from "./kept";

/** The thumbnail of a picture, with a box around each face that was found. */
export function KeptPicture({ item }: { item: Kept }) {
  const { face_index } = item.examination ?? {};
  const width = item.examination?.width ?? 0;
  const height = item.examination?.height ?? 0;
  const faces = width && height ? (item.faces ?? []) : [];
  const percent = (part: number, whole: number) => `${(100 * part) / whole}%`;
  return (
    <div className="grid aspect-square w-full place-items-center overflow-hidden bg-black">
      {/* As large as the square allows: a box in percent lies where the face is. */}
      <div
        className={`relative ${item.width && item.height && item.width > item.height ? "w-full" : "h-full"}`}
        style={item.width && item.height ? { aspectRatio: `${item.width} / ${item.height}` } : {}}
      >
        <img
          src={item.signed_thumbnail_url}
          alt=""
          loading="lazy"
          className="absolute inset-0 size-full object-contain"
        />
        {faces.map(({ box, usable }, index) => (
          <span
            key={index}
            aria-hidden
            data-face={usable ? "usable" : "unusable"}
            style={{
              left: percent(box.left, width),
              top: percent(box.top, height),
              width: percent(box.width, width),
              height: percent(box.height, height),
            }}
            className={`absolute rounded-[3px] border-2 shadow-[0_0_0_1px_rgb(0_0_0/0.6)] ${usable ? "border-white" : "border-dashed border-white/70"} ${index === face_index ? "" : "opacity-70"}`}
          />
        ))}
      </div>
    </div>
  );
}

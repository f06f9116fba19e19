import { Link } from "react-router";
import { paths } from "../lib/paths";
import { usePageTitle } from "../lib/title";
import { buttonClass } from "../ui/Button";
import { t } from "../i18n";

const STEPS = [
  { title: t("Face"), text: t("A front-facing picture of one person who agrees to the video.") },
  { title: t("Script"), text: t("Your text, or a topic to write about, cut into scenes.") },
  { title: t("Voice"), text: t("A built-in voice, or one matched to a recording.") },
  { title: t("Video"), text: t("Watch every scene while it is made, then download it with subtitles.") },
];

/** What this is, and the way to a first video. */
export function HomePage() {
  usePageTitle("");
  return (
    <div className="space-y-section">
      <section className="border-t-2 border-ink bg-sheet px-4 py-10 sm:px-10 sm:py-16">
        <h1 className="max-w-[18ch] text-4xl leading-tight font-semibold tracking-tight sm:text-5xl">
          {t("A face, a voice and a script become a talking video.")}
        </h1>
        <p className="mt-4 max-w-[52ch] text-soft">
          {t("Upload a portrait, write what it says, and watch the video being made, scene by scene, on this server.")}
        </p>
        <p className="mt-8 flex flex-wrap gap-3">
          <Link to={paths.create} className={`${buttonClass("primary")} min-h-13 px-8 text-base`}>
            {t("Create a video")}
          </Link>
          <Link to={paths.videos} className={`${buttonClass()} min-h-13 px-6 text-base`}>
            {t("Your videos")}
          </Link>
        </p>
      </section>
      <section aria-labelledby="steps">
        <h2 id="steps" className="text-heading mb-group font-semibold">
          {t("How it works")}
        </h2>
        <ol className="grid gap-px border-y border-ink bg-rule sm:grid-cols-2 lg:grid-cols-4">
          {STEPS.map(({ title, text }, number) => (
            <li key={title} className="bg-sheet px-4 py-4">
              <h3 className="flex items-baseline gap-2 font-medium">
                <span className="figures text-soft">{number + 1}</span>
                {title}
              </h3>
              <p className="text-small mt-1 text-soft">{text}</p>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

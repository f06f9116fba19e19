import { type FormEvent, useEffect, useRef, useState } from "react";
import type { ProjectMessage } from "../api/types";
import { language, t } from "../i18n";
import { Button } from "../ui/Button";
import { Panel } from "../ui/Panel";
import { FIELD } from "../make/Select";
import { Problems } from "./Problems";
import { useChat, useMessage } from "./projects";

const MOST = 4000;
/** Examples of what is understood without a language model, too: what they do, and the command, which is English. */
const EXAMPLES = [
  { does: t("Show a scene for longer"), command: "make scene 1 longer" },
  { does: t("Let a scene say something"), command: 'scene 1 says "Hello"' },
  { does: t("Blend two scenes"), command: "use a crossfade into scene 2" },
  { does: t("Leave out the music"), command: "no music" },
];

/** Say what to change; the answer says what was changed, and can be undone. */
export function ChatPanel({ id, revision, editable }: { id: string; revision: number; editable: boolean }) {
  const { data: messages = [] } = useChat(id);
  const sending = useMessage(id);
  const [text, setText] = useState("");
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight }); // returns a promise in newer browsers
  }, [messages.length]);
  const send = (message: string) => {
    if (sending.isPending || !message.trim()) return;
    sending.mutate({ message: message.trim(), revision }, { onSuccess: () => setText("") });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(text);
  };
  return (
    <Panel title={t("Talk about the plan")}>
      <div className="space-y-3">
        {messages.length > 0 && (
          <div ref={end} role="log" tabIndex={0} aria-label={t("Messages")} className="max-h-96 overflow-y-auto">
            <ol className="space-y-3">
              {messages.map((message) => (
                <Message key={message.id} message={message} />
              ))}
            </ol>
          </div>
        )}
        {sending.error && <Problems error={sending.error} />}
        {editable ? (
          <form onSubmit={submit} className="space-y-2">
            <label className="block">
              <span className="font-medium">{t("What would you like to change?")}</span>
              <textarea
                rows={2}
                maxLength={MOST}
                value={text}
                onChange={(event) => setText(event.target.value)}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
                }}
                className={`mt-1.5 py-2 ${FIELD}`}
              />
            </label>
            <div className="flex flex-wrap gap-2">
              <Button type="submit" aria-disabled={sending.isPending}>
                {sending.isPending ? t("Sending message") : t("Send")}
              </Button>
              <Button variant="quiet" aria-disabled={sending.isPending} onClick={() => send("undo")}>
                {t("Undo")}
              </Button>
            </div>
          </form>
        ) : (
          <p className="text-small text-soft">{t("The plan can be changed when the video is made or cancelled.")}</p>
        )}
        {editable && !messages.length && (
          <div className="text-small">
            <p className="text-soft">
              {language === "en"
                ? t("For example:")
                : t("Without a language model, English commands are understood. For example:")}
            </p>
            <ul>
              {EXAMPLES.map(({ does, command }) => (
                <li key={command} className="flex flex-wrap items-baseline gap-x-2">
                  {language !== "en" && <span>{does}:</span>}
                  <button
                    type="button"
                    lang="en"
                    className="min-h-8 text-start underline decoration-rule underline-offset-4 hover:decoration-ink"
                    onClick={() => setText(command)}
                  >
                    {command}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </Panel>
  );
}

function Message({ message: { role, text, revision, degraded } }: { message: ProjectMessage }) {
  const mine = role === "user";
  return (
    <li
      className={`wrap-anywhere text-[0.9375rem] ${mine ? "ms-8 border-e-4 border-primary pe-3 text-end" : "me-8 border-s-4 border-rule ps-3"}`}
    >
      <span className="sr-only">{mine ? t("You:") : t("Answer:")} </span>
      {text}
      {revision !== null && <span className="caption block">{t("Revision {revision}", { revision })}</span>}
      {degraded.length > 0 && <span className="caption block">{t("without a language model")}</span>}
    </li>
  );
}

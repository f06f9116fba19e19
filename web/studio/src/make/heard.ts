import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { t } from "../i18n";
import { hearScene } from "./preview";

/** Speaks a scene before the start, as the job would; `error` is shown beneath the scene. */
export function useHeardScene(text: string, voice: string) {
  const audio = useRef<HTMLAudioElement | null>(null);
  const abort = useRef<AbortController | null>(null);
  const [playing, setPlaying] = useState(false);
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => hearScene(text, voice, (abort.current = new AbortController()).signal),
    onSuccess: (url) => play(url),
  });
  const play = (url: string) => {
    const player = (audio.current ??= new Audio());
    player.onplay = () => setPlaying(true);
    player.onpause = () => setPlaying(false);
    player.src = url;
    void player.play().catch(() => setPlaying(false));
  };
  useEffect(() => reset(), [text, voice, reset]);
  useEffect(
    () => () => {
      abort.current?.abort();
      audio.current?.pause();
    },
    [],
  );
  const toggle = () => (playing ? audio.current?.pause() : isPending || mutate());
  return { toggle, isPending, playing, error: error?.message ?? "" };
}

/** The words on the button that lets a scene be heard. */
export function hearLabel({ isPending, playing }: { isPending: boolean; playing: boolean }): string {
  if (isPending) return t("Speaking it");
  return playing ? t("Stop") : t("Hear it");
}

/** Texts of about fifteen seconds to read aloud, with most sounds of their language. */
const PROMPTS: Record<string, string> = {
  en: "The morning train leaves at a quarter past seven. On clear days you can see the mountains behind the harbour, and the gulls follow the boats home. I usually take the window seat, read a few pages, and think about what I would like to do next.",
  de: "Der Zug fährt morgens um Viertel nach sieben. An klaren Tagen sieht man die Berge hinter dem Hafen, und die Möwen folgen den Booten nach Hause. Meistens sitze ich am Fenster, lese ein paar Seiten und überlege, was ich als Nächstes tun möchte.",
  es: "El tren de la mañana sale a las siete y cuarto. En los días claros se ven las montañas detrás del puerto, y las gaviotas siguen a los barcos hasta casa. Casi siempre me siento junto a la ventana, leo unas páginas y pienso en lo que me gustaría hacer después.",
  fr: "Le train du matin part à sept heures et quart. Par temps clair, on voit les montagnes derrière le port, et les mouettes suivent les bateaux jusqu’à la maison. Je m’assieds près de la fenêtre, je lis quelques pages et je pense à ce que j’aimerais faire ensuite.",
};

/** Return a text to read aloud in a language; English where there is none. */
export function promptOf(language: string): string {
  return PROMPTS[language] ?? PROMPTS["en"] ?? "";
}

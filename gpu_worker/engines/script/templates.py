"""The sentences of the offline writer: they frame a topic and claim nothing about it.

A template cannot know anything about a topic, so no line states a fact about it. The
topic stands after a colon, where no language inflects it; every other line says "it".
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """The lines of one language; a text has an opening, some middle lines in order, a closing."""

    openings: tuple[str, ...]
    middle: tuple[str, ...]
    closings: tuple[str, ...]

    def write(self, topic: str, lines: int, seed: int) -> str:
        """Return about `lines` sentences on the topic; equal seeds give equal texts."""
        choice = random.Random(seed)  # noqa: S311  a choice of words, not a secret
        wanted = min(max(lines - 2, 0), len(self.middle))
        kept = sorted(choice.sample(range(len(self.middle)), wanted))
        text = [choice.choice(self.openings), *(self.middle[i] for i in kept)]
        if lines > 1:
            text.append(choice.choice(self.closings))
        return " ".join(text).replace("{topic}", topic)


TEMPLATES: dict[str, Template] = {
    "en": Template(
        openings=(
            "Hello, and welcome. Our topic today: {topic}.",
            "Thank you for joining me. Let us talk about this: {topic}.",
            "Here is something worth a minute of your time: {topic}.",
            "Today we take a short look at one topic: {topic}.",
        ),
        middle=(
            "You may have heard of it before, or it may be entirely new to you.",
            "Either way, a good first step is to ask a simple question.",
            "What do I already know about it, and what do I only believe?",
            "It helps to write both down before you read any further.",
            "Then look at where it touches your own day.",
            "A clear example often says more than a long explanation.",
            "Ask who it is for, and who should have a say in it.",
            "Ask what it costs, what it gives back, and when.",
            "Be patient with the details, because they decide how well it works.",
            "Compare at least two sources before you make up your mind.",
            "Talk about it with somebody who sees it in another way.",
            "And keep what you find short enough to tell a friend.",
        ),
        closings=(
            "That is a beginning. The next question is yours.",
            "Take one small step today, and see where it leads. Thank you for watching.",
            "Thank you for listening, and enjoy finding out more.",
            "If one thing stays with you, let it be this: stay curious.",
        ),
    ),
    "de": Template(
        openings=(
            "Hallo und herzlich willkommen. Unser Thema heute: {topic}.",
            "Schön, dass Sie dabei sind. Heute geht es um Folgendes: {topic}.",
            "Eine Minute für ein Thema, das sich lohnt: {topic}.",
        ),
        middle=(
            "Vielleicht kennen Sie es schon, vielleicht ist es ganz neu für Sie.",
            "In beiden Fällen beginnt man am besten mit einer einfachen Frage.",
            "Was weiß ich schon darüber, und was glaube ich nur?",
            "Schreiben Sie beides auf, bevor Sie weiterlesen.",
            "Überlegen Sie dann, wo es Ihren Alltag berührt.",
            "Ein gutes Beispiel sagt oft mehr als eine lange Erklärung.",
            "Fragen Sie, für wen es gedacht ist und wer mitreden sollte.",
            "Vergleichen Sie mindestens zwei Quellen, bevor Sie urteilen.",
            "Sprechen Sie mit jemandem, der es anders sieht.",
        ),
        closings=(
            "Das ist ein Anfang. Die nächste Frage stellen Sie.",
            "Vielen Dank fürs Zuhören und viel Freude beim Weiterfragen.",
            "Machen Sie heute einen kleinen Schritt. Danke fürs Zuschauen.",
        ),
    ),
    "fr": Template(
        openings=(
            "Bonjour et bienvenue. Notre sujet du jour : {topic}.",
            "Merci d'être là. Parlons aujourd'hui de ceci : {topic}.",
            "Voici un sujet qui mérite une minute : {topic}.",
        ),
        middle=(
            "Vous le connaissez peut-être déjà, ou vous le découvrez.",
            "Dans les deux cas, il est bon de commencer par une question simple.",
            "Que sait-on vraiment, et que croit-on seulement savoir ?",
            "Notez les deux avant d'aller plus loin.",
            "Regardez ensuite où cela touche votre quotidien.",
            "Un bon exemple en dit souvent plus qu'une longue explication.",
            "Demandez-vous à qui cela s'adresse, et qui devrait donner son avis.",
            "Comparez au moins deux sources avant de vous décider.",
            "Parlez-en avec quelqu'un qui voit les choses autrement.",
        ),
        closings=(
            "C'est un début. La prochaine question est à vous.",
            "Merci de votre écoute, et bonne découverte.",
            "Faites un petit pas aujourd'hui. Merci d'avoir regardé.",
        ),
    ),
    "es": Template(
        openings=(
            "Hola y bienvenidos. Nuestro tema de hoy: {topic}.",
            "Gracias por acompañarme. Hoy hablamos de esto: {topic}.",
            "Un tema que merece un minuto: {topic}.",
        ),
        middle=(
            "Quizás ya lo conoce, o quizás es algo nuevo para usted.",
            "En ambos casos conviene empezar con una pregunta sencilla.",
            "¿Qué sé de verdad, y qué es lo que solo creo saber?",
            "Apunte las dos cosas antes de seguir leyendo.",
            "Después piense dónde toca su vida diaria.",
            "Un buen ejemplo suele decir más que una larga explicación.",
            "Pregunte para quién es y quién debería opinar.",
            "Compare al menos dos fuentes antes de decidir.",
            "Hable con alguien que lo vea de otra manera.",
        ),
        closings=(
            "Esto es un comienzo. La próxima pregunta es suya.",
            "Gracias por escuchar, y disfrute de seguir descubriendo.",
            "Dé hoy un pequeño paso. Gracias por mirar.",
        ),
    ),
    "it": Template(
        openings=(
            "Salve e benvenuti. Il nostro tema di oggi: {topic}.",
            "Grazie di essere qui. Oggi parliamo di questo: {topic}.",
            "Ecco un tema che merita un minuto: {topic}.",
        ),
        middle=(
            "Forse lo conoscete già, forse è del tutto nuovo per voi.",
            "In entrambi i casi conviene partire da una domanda semplice.",
            "Che cosa so davvero, e che cosa credo soltanto di sapere?",
            "Scrivete entrambe le cose prima di leggere oltre.",
            "Poi guardate dove tocca la vostra giornata.",
            "Un buon esempio dice spesso più di una lunga spiegazione.",
            "Chiedetevi per chi è pensato e chi dovrebbe dire la sua.",
            "Confrontate almeno due fonti prima di decidere.",
            "Parlatene con qualcuno che la vede in un altro modo.",
        ),
        closings=(
            "Questo è un inizio. La prossima domanda è vostra.",
            "Grazie per l'ascolto, e buona scoperta.",
            "Fate oggi un piccolo passo. Grazie per la visione.",
        ),
    ),
    "pt": Template(
        openings=(
            "Olá e bem-vindos. O nosso tema de hoje: {topic}.",
            "Obrigado por estar aqui. Hoje falamos disto: {topic}.",
            "Um tema que merece um minuto: {topic}.",
        ),
        middle=(
            "Talvez já o conheça, ou talvez seja uma novidade.",
            "Em ambos os casos, convém começar com uma pergunta simples.",
            "O que sei de verdade, e o que apenas julgo saber?",
            "Escreva as duas coisas antes de continuar a ler.",
            "Depois veja onde toca o seu dia a dia.",
            "Um bom exemplo diz muitas vezes mais do que uma longa explicação.",
            "Pergunte para quem é e quem deveria ter uma palavra.",
            "Compare pelo menos duas fontes antes de decidir.",
            "Fale com alguém que o veja de outra maneira.",
        ),
        closings=(
            "Este é um começo. A próxima pergunta é sua.",
            "Obrigado por ouvir, e boas descobertas.",
            "Dê hoje um pequeno passo. Obrigado por assistir.",
        ),
    ),
}

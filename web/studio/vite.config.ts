import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const OUT = "../static";

/** Writes every text beside itself as .br and .gz, so that the server never compresses twice. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      for (const file of readdirSync(OUT, { recursive: true, withFileTypes: true })) {
        if (!file.isFile() || !/\.(js|css|html|svg)$/.test(file.name)) continue;
        const path = join(file.parentPath, file.name);
        const bytes = readFileSync(path);
        if (bytes.length < 1024) continue;
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

/** Writes which scripts each address and each language needs beside those of all pages; the server names them with the
 * page. */
function preloads(): Plugin {
  return {
    name: "preloads",
    apply: "build",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? [file] : []));
      const scriptsOf = (fileName: string, found = new Set<string>()): Set<string> => {
        if (found.has(fileName)) return found;
        found.add(fileName);
        for (const imported of chunks.find((chunk) => chunk.fileName === fileName)?.imports ?? [])
          scriptsOf(imported, found);
        return found;
      };
      const ofAll = new Set(
        chunks.filter(({ isEntry }) => isEntry).flatMap(({ fileName }) => [...scriptsOf(fileName)]),
      );
      const source: Record<string, string[]> = {};
      for (const [address, module] of pagesOf(readFileSync("src/App.tsx", "utf8"))) {
        const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(`/src/${module}.tsx`));
        if (!page) throw new Error(`no script is the page at ${address}: ${module}`);
        const own = [...scriptsOf(page.fileName)].filter((name) => !ofAll.has(name));
        for (const one of addressesOf(address)) source[one] = own.map((name) => `/static/${name}`);
      }
      for (const { facadeModuleId, fileName } of chunks) {
        const [, language] = /\/i18n\/catalogues\/(\w+)\.json$/.exec(facadeModuleId ?? "") ?? [];
        if (language) source[`lang:${language}`] = [`/static/${fileName}`];
      }
      this.emitFile({ type: "asset", fileName: "preload.json", source: JSON.stringify(source) });
    },
  };
}

/** Return the addresses of the router with the modules of their pages. */
function pagesOf(app: string): [string, string][] {
  const found = [...app.matchAll(/\bpage\("([^"]+)", async \(\) => \(await import\("\.\/([^"]+)"\)\)/g)];
  return found.map(([, address = "", module = ""]) => [address, module]);
}

/** Return an address as the server looks it up: `*` stands for everything behind the first part. */
function addressesOf(address: string): string[] {
  const [first, rest] = /^(\/[^/]*)(\/.+)?$/.exec(address)?.slice(1) ?? [];
  if (!first) throw new Error(`not an address: ${address}`);
  if (!rest) return [first];
  return /[?*]$/.test(rest) ? [first, `${first}/*`] : [`${first}/*`];
}

export default defineConfig({
  base: "/static/",
  plugins: [react(), tailwind(), preloads(), compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: URL would need a hole in the content security policy
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "framework",
              test: /rolldown.runtime|node_modules\/(react|react-dom|react-router|scheduler|@tanstack)\//,
              priority: 2,
            },
            // A file costs a kilobyte of headers, so what most pages share is one.
            {
              name: "common",
              test: /\/src\/(?!i18n\/catalogues|projects|batches|ui\/(Loaded|ProgressBar))/,
              minShareCount: 3,
              minSize: 0,
              priority: 1,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: { "^/(?!static/|src/|node_modules/|@)": { target: "http://127.0.0.1:5000", ws: true } },
  },
  test: { environment: "jsdom", globals: false, testTimeout: 20_000, include: ["tests/**/*.test.{ts,tsx}"] },
} as Parameters<typeof defineConfig>[0]);

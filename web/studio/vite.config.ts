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

export default defineConfig({
  base: "/static/",
  plugins: [react(), tailwind(), compressed()],
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
            { name: "common", test: /\/src\/(?!i18n\/catalogues)/, minShareCount: 3, minSize: 0, priority: 1 },
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

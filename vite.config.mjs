import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox120", "safari17.5"],
    rollupOptions: { input: ["frontend/app.ts", "frontend/css/inventory.css", "frontend/css/trace.css"] },
  },
  test: { include: ["frontend/tests/**/*.test.ts"], environment: "node" },
});

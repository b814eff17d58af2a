// A mock of language models and of a tool server that others wrote, for models/tests/wire.rs. What it answers is named
// by the customer's message. Prints its address, and ends when its input does.
import { LLMock, MCPMock } from "@copilotkit/aimock";

const mock = new LLMock({ port: 0, auth: { apiKeys: ["the-key"] } });
const usage = {
  ...{ prompt_tokens: 11, completion_tokens: 7 },
  ...{ input_tokens: 11, output_tokens: 7 },
  ...{ promptTokenCount: 11, candidatesTokenCount: 7 },
};
const call = (text, id) => ({ name: "send_text", arguments: text, id });

mock.onToolResult("call_a", { content: "Until five.", usage });
mock.onMessage("text", { content: "¡Hola!", usage });
mock.onMessage("calls", { toolCalls: [call('{"body":"Hola"}', "call_a"), call('{"body":"¿Qué tal?"}', "call_b")], usage });
mock.onMessage("both", { content: "I look.", toolCalls: [call('{"body":"Hola"}', "call_a")], usage });
mock.onMessage("cut", { content: "Ho", finishReason: "length", usage });
mock.onMessage("filtered", { content: "Ho", finishReason: "content_filter", usage });
mock.onMessage("broken arguments", { toolCalls: [call('{"body":"Ho', "call_a")], usage });
mock.onMessage("too often", { error: { message: "slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 });
mock.onMessage("overloaded", { error: { message: "busy", type: "overloaded_error" }, status: 503 });
mock.onMessage("unknown model", { error: { message: "no such model", type: "not_found_error" }, status: 404 });
mock.onMessage("hang", { content: "late" }, { chaos: { latencyMs: 20_000 } });
mock.onMessage("dropped", { content: "never" }, { chaos: { disconnectRate: 1 } });
mock.onMessage("no JSON", { content: "never" }, { chaos: { malformedRate: 1 } });
mock.onMessage("huge", { content: "a".repeat(2 * 1024 * 1024) });

const tools = new MCPMock({ serverInfo: { name: "bakery", version: "1" } });
const inputSchema = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };
const readOnly = { annotations: { readOnlyHint: true } };
tools.addTool({ name: "order_status", description: "Where an order is", inputSchema, ...readOnly });
tools.onToolCall("order_status", ({ order }) => `Order ${order} is in the oven.`);
tools.addTool({ name: "cancel_order", description: "Cancels an order", inputSchema });
tools.onToolCall("cancel_order", () => {
  throw new Error("too late, Lucía has it");
});
tools.addTool({ name: "menu", description: "The menu", inputSchema: { type: "object" } });
tools.onToolCall("menu", () => [
  { type: "text", text: "ñ".repeat(10_000) },
  { type: "image", data: "aGFsbG8=", mimeType: "image/png" },
]);
tools.addTool({ name: "slow", description: "Slow", inputSchema: { type: "object" } });
tools.onToolCall("slow", () => new Promise((done) => setTimeout(done, 20_000)));
mock.mount("/mcp", tools);

await mock.start();
console.log(mock.url);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

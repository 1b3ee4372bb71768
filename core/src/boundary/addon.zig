//! The Node-API addon: makes the functions of `abi.zig` callable from Node.js, Bun and Deno.
//!
//! It has three properties. `abiHash` is the hash of the declarations, as hex. `setMemory` takes
//! two ArrayBuffers, the *registers* and the *frame*. JavaScript owns them, the addon keeps them
//! alive, and they must not be transferred to another thread. `call` runs one function: before the
//! call, JavaScript writes its index among the functions that are not `wasm_only` to the first
//! register and its arguments to the following ones; afterwards, the first register holds the
//! result. If Node-API had to convert the arguments one by one, that would take as long as reading
//! a slot.
//!
//! A pointer is an offset into the frame. Offset 0 is the null pointer, and a pointer to bytes that
//! are not entirely inside the frame is `invalid_input`. Every environment (main thread, each
//! worker) has its own memory, and owns the handles that it created: those it did not destroy are
//! destroyed with it. A call allocates nothing here, except that creating a handle may enlarge the
//! list of handles.

const std = @import("std");
const abi = @import("../abi.zig");
const abi_hash = @import("abi_hash.zig");
const exports = @import("exports.zig");
const napi = @import("napi.zig");

const allocator = std.heap.c_allocator;
const invalid_input: i32 = @intFromEnum(abi.Status.invalid_input);
const out_of_memory: i32 = @intFromEnum(abi.Status.out_of_memory);

const hash_text = blk: {
    @setEvalBranchQuota(10_000);
    break :blk "0x" ++ std.fmt.bytesToHex(abi_hash.value, .lower);
};

/// The functions that a call can name by their index.
const functions = blk: {
    var list: []const abi.Function = &.{};
    for (abi.functions) |function| {
        if (function.target == .everywhere) list = list ++ .{function};
    }
    break :blk list;
};

const Registers = [
    blk: {
        var most: usize = 0;
        for (functions) |function| most = @max(most, function.params.len);
        break :blk 1 + most;
    }
]u32;

/// The state of one environment. The addon's JavaScript functions carry a pointer to it.
const Environment = struct {
    env: napi.Env,
    memory: ?Memory = null,
    handles: std.AutoArrayHashMapUnmanaged(u32, void) = .empty,

    fn destroy(environment: *Environment) void {
        for (environment.handles.keys()) |handle| {
            // A handle of another type, or one that was destroyed already, is refused without
            // effect.
            inline for (functions) |function| {
                if (comptime isDestructor(function)) _ = exports.implementation(function)(handle);
            }
        }
        environment.handles.deinit(allocator);
        if (environment.memory) |memory| memory.unpin(environment.env);
        allocator.destroy(environment);
    }
};

/// The two ArrayBuffers, pinned.
const Memory = struct {
    registers: *Registers,
    frame: []u8,
    refs: [2]napi.Ref,

    fn unpin(memory: Memory, env: napi.Env) void {
        for (memory.refs) |ref| _ = napi.get("delete_reference")(env, ref);
    }
};

comptime {
    @export(&register, .{ .name = "napi_register_module_v1" });
    @export(&apiVersion, .{ .name = "node_api_module_get_api_version_v1" });
}

fn apiVersion() callconv(.c) i32 {
    return 8;
}

/// Called once for each environment. Without memory, or in a program that is not a Node-API host,
/// the object that `require` returns lacks properties.
fn register(env: napi.Env, target: napi.Value) callconv(.c) napi.Value {
    if (!napi.load()) return target;
    const environment = allocator.create(Environment) catch return target;
    environment.* = .{ .env = env };
    if (napi.get("add_env_cleanup_hook")(env, &cleanUp, environment) != .ok) {
        allocator.destroy(environment);
        return target;
    }
    var text: napi.Value = null;
    if (napi.get("create_string_utf8")(env, hash_text, hash_text.len, &text) == .ok) {
        _ = napi.get("set_named_property")(env, target, "abiHash", text);
    }
    define(environment, target, "setMemory", &setMemory);
    define(environment, target, "call", &call);
    return target;
}

fn define(
    environment: *Environment,
    target: napi.Value,
    name: [:0]const u8,
    callback: *const napi.Callback,
) void {
    const env = environment.env;
    const create = napi.get("create_function");
    var function: napi.Value = null;
    if (create(env, name.ptr, name.len, callback, environment, &function) != .ok) return;
    _ = napi.get("set_named_property")(env, target, name, function);
}

fn cleanUp(data: ?*anyopaque) callconv(.c) void {
    const environment: *Environment = @ptrCast(@alignCast(data.?));
    environment.destroy();
}

/// `setMemory(registers, frame)` returns a status. After `invalid_input` the earlier memory stays.
fn setMemory(env: napi.Env, info: napi.CallbackInfo) callconv(.c) napi.Value {
    var values: [2]napi.Value = @splat(null);
    var given: usize = values.len;
    var data: ?*anyopaque = null;
    if (napi.get("get_cb_info")(env, info, &given, &values, null, &data) != .ok) return null;
    const environment: *Environment = @ptrCast(@alignCast(data.?));

    var status: abi.Status = .invalid_input;
    if (pin(env, values)) |memory| {
        if (environment.memory) |earlier| earlier.unpin(env);
        environment.memory = memory;
        status = .success;
    }
    var result: napi.Value = null;
    _ = napi.get("create_int32")(env, @intFromEnum(status), &result);
    return result;
}

fn pin(env: napi.Env, values: [2]napi.Value) ?Memory {
    const registers = bufferBytes(env, values[0]) orelse return null;
    const frame = bufferBytes(env, values[1]) orelse return null;
    if (registers.len < @sizeOf(Registers)) return null;
    if (!std.mem.isAligned(@intFromPtr(registers.ptr), @alignOf(Registers))) return null;

    var refs: [2]napi.Ref = @splat(null);
    for (values, &refs, 0..) |value, *ref, index| {
        if (napi.get("create_reference")(env, value, 1, ref) == .ok) continue;
        if (index > 0) _ = napi.get("delete_reference")(env, refs[0]);
        return null;
    }
    return .{ .registers = @ptrCast(@alignCast(registers.ptr)), .frame = frame, .refs = refs };
}

/// The bytes of an ArrayBuffer; null for another value or an empty one.
fn bufferBytes(env: napi.Env, value: napi.Value) ?[]u8 {
    var is_buffer = false;
    if (napi.get("is_arraybuffer")(env, value, &is_buffer) != .ok or !is_buffer) return null;
    var bytes: ?[*]u8 = null;
    var length: usize = 0;
    if (napi.get("get_arraybuffer_info")(env, value, &bytes, &length) != .ok) return null;
    return (bytes orelse return null)[0..length];
}

/// `call()` runs the function that the registers describe. Without memory it does nothing.
fn call(env: napi.Env, info: napi.CallbackInfo) callconv(.c) napi.Value {
    @setEvalBranchQuota(100_000);
    var data: ?*anyopaque = null;
    if (napi.get("get_cb_info")(env, info, null, null, null, &data) != .ok) return null;
    const environment: *Environment = @ptrCast(@alignCast(data.?));
    const memory = environment.memory orelse return null;
    const result = switch (memory.registers[0]) {
        inline 0...functions.len - 1 => |index| run(functions[index], environment, memory),
        else => invalid_input,
    };
    memory.registers[0] = @bitCast(result);
    return null;
}

inline fn run(comptime function: abi.Function, environment: *Environment, memory: Memory) i32 {
    const exported = comptime exports.implementation(function);
    const numbers = memory.registers[1..][0..function.params.len].*;
    var arguments: std.meta.ArgsTuple(abi.FunctionType(function)) = undefined;
    inline for (function.params, 0..) |param, index| {
        const Argument = @TypeOf(arguments[index]);
        arguments[index] = switch (param.kind) {
            .manager, .fork, .number => numbers[index],
            .in, .out, .out_optional, .out_handle, .in_struct, .out_struct => blk: {
                const length = comptime abi.pointerBytes(param.kind).?;
                break :blk resolve(Argument, memory.frame, numbers[index], length) catch
                    return invalid_input;
            },
            .in_buffer, .out_buffer => blk: {
                const length = numbers[index + 1];
                break :blk resolve(Argument, memory.frame, numbers[index], length) catch
                    return invalid_input;
            },
        };
    }
    if (comptime handleResult(function)) |index| {
        environment.handles.ensureUnusedCapacity(allocator, 1) catch return out_of_memory;
        const result = @call(.auto, exported, arguments);
        if (isSuccess(result)) {
            const handle: u32 = @bitCast(arguments[index].?.*);
            environment.handles.putAssumeCapacity(handle, {});
        }
        return result;
    }
    const result = @call(.auto, exported, arguments);
    if (comptime isDestructor(function)) {
        if (isSuccess(result)) _ = environment.handles.swapRemove(numbers[0]);
    }
    return result;
}

/// The address at an offset of the frame; null for offset 0.
inline fn resolve(comptime Pointer: type, frame: []u8, offset: u32, length: u32) !Pointer {
    if (offset == 0) return null;
    if (@as(u64, offset) + length > frame.len) return error.OutOfBounds;
    const address = frame.ptr + offset;
    const alignment = @typeInfo(@typeInfo(Pointer).optional.child).pointer.alignment;
    if (!std.mem.isAligned(@intFromPtr(address), alignment)) return error.Misaligned;
    return @ptrCast(@alignCast(address));
}

fn isSuccess(result: i32) bool {
    return result == @intFromEnum(abi.Status.success);
}

/// The index of the parameter that receives a new handle.
fn handleResult(comptime function: abi.Function) ?usize {
    for (function.params, 0..) |param, index| if (param.kind == .out_handle) return index;
    return null;
}

fn isDestructor(comptime function: abi.Function) bool {
    return std.mem.endsWith(u8, function.name, "_destroy");
}

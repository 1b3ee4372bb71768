//! The part of Node-API that the addon uses, declared by hand, so no headers of Node.js are needed.
//!
//! The functions are defined by the program that loads the addon (Node.js, Bun, Deno, Electron).
//! ELF and Mach-O resolve them when the addon is loaded. A Windows library must name the program
//! that it imports from, which differs, so `load` looks them up in the running program there.

const std = @import("std");
const builtin = @import("builtin");

pub const Env = ?*opaque {};
pub const Value = ?*opaque {};
pub const Ref = ?*opaque {};
pub const CallbackInfo = ?*opaque {};

/// 0 is success. Other values are only compared with it.
pub const Status = enum(c_int) { ok = 0, _ };

pub const Callback = fn (Env, CallbackInfo) callconv(.c) Value;
pub const CleanupHook = fn (?*anyopaque) callconv(.c) void;

const Functions = struct {
    napi_add_env_cleanup_hook: *const fn (Env, *const CleanupHook, ?*anyopaque) callconv(.c) Status,
    napi_create_function: *const fn (
        Env,
        [*]const u8,
        usize,
        *const Callback,
        ?*anyopaque,
        *Value,
    ) callconv(.c) Status,
    napi_create_int32: *const fn (Env, i32, *Value) callconv(.c) Status,
    napi_create_reference: *const fn (Env, Value, u32, *Ref) callconv(.c) Status,
    napi_create_string_utf8: *const fn (Env, [*]const u8, usize, *Value) callconv(.c) Status,
    napi_delete_reference: *const fn (Env, Ref) callconv(.c) Status,
    napi_get_arraybuffer_info: *const fn (Env, Value, *?[*]u8, *usize) callconv(.c) Status,
    napi_get_cb_info: *const fn (
        Env,
        CallbackInfo,
        ?*usize,
        ?[*]Value,
        ?*Value,
        *?*anyopaque,
    ) callconv(.c) Status,
    napi_is_arraybuffer: *const fn (Env, Value, *bool) callconv(.c) Status,
    napi_set_named_property: *const fn (Env, Value, [*:0]const u8, Value) callconv(.c) Status,
};

const is_windows = builtin.os.tag == .windows;

/// On Windows, undefined until `load` succeeded. This is the only variable of the process: every
/// thread that loads the addon writes the same addresses.
var found: if (is_windows) Functions else void = undefined;

/// Resolves the functions; false if the program that loaded the addon lacks one.
pub fn load() bool {
    if (!is_windows) return true;
    const kernel32 = std.os.windows.kernel32;
    const program = kernel32.GetModuleHandleW(null) orelse return false;
    inline for (@typeInfo(Functions).@"struct".fields) |field| {
        const address = kernel32.GetProcAddress(program, field.name) orelse return false;
        @field(found, field.name) = @ptrCast(@alignCast(address));
    }
    return true;
}

/// A function of Node-API by its name without `napi_`.
pub inline fn get(comptime name: []const u8) @FieldType(Functions, "napi_" ++ name) {
    if (is_windows) return @field(found, "napi_" ++ name);
    return @extern(@FieldType(Functions, "napi_" ++ name), .{ .name = "napi_" ++ name });
}

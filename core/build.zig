//! Builds everything that is made of Zig: the WebAssembly core, the native library with its header,
//! the Node-API addon for this and other platforms, the generated files and the unit tests.
//!
//! Output goes to the install prefix: `forkstate.wasm`, `lib/`, `include/`, `lib-debug/`,
//! `prebuilds/<platform>/forkstate.node` and `generated/`. Nothing is written into the sources;
//! `scripts/build-core.ts` copies what is committed. What is built does not depend on the machine or
//! the folder: CPU and libc versions are fixed, and no path gets into a binary.

const std = @import("std");

const Build = std.Build;
const Compile = Build.Step.Compile;
const OptimizeMode = std.builtin.OptimizeMode;

/// The least that Node 20 runs on.
const min_glibc: std.SemanticVersion = .{ .major = 2, .minor = 28, .patch = 0 };
const min_macos: std.SemanticVersion = .{ .major = 11, .minor = 0, .patch = 0 };

/// The stack lies below all data, so that an overflow traps instead of overwriting it.
const wasm_stack_bytes = 128 * 1024;

/// Where an addon is built for; the name is Node's `<platform>-<arch>`, `-musl` added.
const Platform = struct {
    name: []const u8,
    arch: std.Target.Cpu.Arch,
    os: std.Target.Os.Tag,
    abi: std.Target.Abi,

    fn query(platform: Platform) std.Target.Query {
        const is_glibc = platform.os == .linux and platform.abi == .gnu;
        const os_min: ?std.Target.Query.OsVersion =
            if (platform.os == .macos) .{ .semver = min_macos } else null;
        return .{
            .cpu_arch = platform.arch,
            .cpu_model = .baseline,
            .os_tag = platform.os,
            .os_version_min = os_min,
            .abi = platform.abi,
            .glibc_version = if (is_glibc) min_glibc else null,
        };
    }
};

const platforms = [_]Platform{
    .{ .name = "linux-x64", .arch = .x86_64, .os = .linux, .abi = .gnu },
    .{ .name = "linux-arm64", .arch = .aarch64, .os = .linux, .abi = .gnu },
    .{ .name = "linux-x64-musl", .arch = .x86_64, .os = .linux, .abi = .musl },
    .{ .name = "linux-arm64-musl", .arch = .aarch64, .os = .linux, .abi = .musl },
    .{ .name = "darwin-x64", .arch = .x86_64, .os = .macos, .abi = .none },
    .{ .name = "darwin-arm64", .arch = .aarch64, .os = .macos, .abi = .none },
    .{ .name = "win32-x64", .arch = .x86_64, .os = .windows, .abi = .gnu },
};

pub fn build(b: *Build) void {
    const wasm_mode = b.option(OptimizeMode, "wasm-optimize", "Default: ReleaseSmall") orelse
        .ReleaseSmall;
    const native_mode = b.option(OptimizeMode, "native-optimize", "Default: ReleaseFast") orelse
        .ReleaseFast;
    const tests: TestOptions = .{
        .mode = b.option(OptimizeMode, "test-optimize", "Default: Debug") orelse .Debug,
        .filters = b.option([]const []const u8, "test-filter", "Only tests whose name has it") orelse
            &.{},
        .fuzz_operations = b.option(usize, "fuzz-operations", "Of each random test; default: 20000") orelse
            20_000,
    };

    const generated = addGenerate(b);
    addWasm(b, wasm_mode);
    addLibrary(b, native_mode, generated.header);
    addDebugLibrary(b);
    addAddons(b, native_mode);
    addCost(b);
    addTests(b, tests);
}

const Generated = struct { header: Build.LazyPath };

/// Runs the generator on this machine; it writes the C header and what is generated for TypeScript.
fn addGenerate(b: *Build) Generated {
    const generator = b.addExecutable(.{
        .name = "generate",
        .root_module = b.createModule(.{
            .root_source_file = b.path("src/generate.zig"),
            .target = b.graph.host,
            .optimize = .Debug,
        }),
    });
    const runs = b.addRunArtifact(generator);
    const header = runs.addOutputFileArg("forkstate.h");
    const constants = runs.addOutputFileArg("abi.gen.ts");
    const descriptions = runs.addOutputFileArg("stats-docs.gen.ts");

    const step = b.step("generate", "Generate the C header and the TypeScript files");
    step.dependOn(&b.addInstallFile(header, "generated/forkstate.h").step);
    step.dependOn(&b.addInstallFile(constants, "generated/abi.gen.ts").step);
    step.dependOn(&b.addInstallFile(descriptions, "generated/stats-docs.gen.ts").step);
    return .{ .header = header };
}

fn addWasm(b: *Build, mode: OptimizeMode) void {
    const target = b.resolveTargetQuery(.{
        .cpu_arch = .wasm32,
        .os_tag = .freestanding,
        .cpu_model = .{ .explicit = &std.Target.wasm.cpu.mvp },
        // In Node 20, Chrome, Firefox and Safari since 16.4; nothing later, such as extended_const.
        .cpu_features_add = std.Target.wasm.featureSet(&.{
            .bulk_memory,
            .bulk_memory_opt,
            .multivalue,
            .mutable_globals,
            .nontrapping_fptoint,
            .sign_ext,
        }),
    });
    const object = b.addObject(.{
        .name = "forkstate",
        .root_module = b.createModule(.{
            .root_source_file = b.path("src/lib.zig"),
            .target = target,
            .optimize = mode,
            .strip = true,
            .single_threaded = true,
        }),
    });
    object.bundle_compiler_rt = true;
    // Linked by hand, since `zig build` cannot ask for short encodings of addresses and numbers of
    // functions, which are a tenth of the bytes.
    const link = b.addSystemCommand(&.{
        b.graph.zig_exe,                              "wasm-ld",
        "--no-entry",                                 "--export-dynamic",
        "--strip-all",                                "--compress-relocations",
        "--stack-first",                              "-z",
        b.fmt("stack-size={d}", .{wasm_stack_bytes}), "-o",
    });
    const wasm = link.addOutputFileArg("forkstate.wasm");
    link.addFileArg(object.getEmittedBin());

    const step = b.step("wasm", "Build the WebAssembly core");
    step.dependOn(&b.addInstallFile(wasm, "forkstate.wasm").step);
}

fn addLibrary(b: *Build, mode: OptimizeMode, header: Build.LazyPath) void {
    const library = b.addLibrary(.{
        .name = "forkstate",
        .linkage = .dynamic,
        .root_module = nativeModule(b, "src/lib.zig", hostTarget(b), mode),
    });
    library.installHeader(header, "forkstate.h");

    const step = b.step("lib", "Build the native shared library and its header");
    step.dependOn(&b.addInstallArtifact(library, .{}).step);
}

/// The library for valgrind: with safety checks and debug information.
fn addDebugLibrary(b: *Build) void {
    const library = b.addLibrary(.{
        .name = "forkstate",
        .linkage = .dynamic,
        .root_module = b.createModule(.{
            .root_source_file = b.path("src/lib.zig"),
            .target = hostTarget(b),
            .optimize = .ReleaseSafe,
            .link_libc = true,
            .strip = false,
            .omit_frame_pointer = false,
            .valgrind = true,
        }),
    });
    const install = b.addInstallArtifact(library, .{
        .dest_dir = .{ .override = .{ .custom = "lib-debug" } },
    });
    b.step("lib-debug", "Build the native library for valgrind").dependOn(&install.step);
}

/// One step for the platform of this machine, one for all platforms.
fn addAddons(b: *Build, mode: OptimizeMode) void {
    const host_step = b.step("addon", "Build the Node-API addon for this platform");
    const all_step = b.step("addon-all", "Build the Node-API addon for every platform");
    const host = b.graph.host.result;
    var is_host_known = false;
    for (platforms) |platform| {
        const addon = b.addLibrary(.{
            .name = "forkstate-addon",
            .linkage = .dynamic,
            .root_module = nativeModule(
                b,
                "src/addon.zig",
                b.resolveTargetQuery(platform.query()),
                mode,
            ),
        });
        // The host program, Node, defines napi_*; on Windows the addon looks them up itself.
        addon.linker_allow_shlib_undefined = platform.os != .windows;
        const install = b.addInstallFile(
            addon.getEmittedBin(),
            b.fmt("prebuilds/{s}/forkstate.node", .{platform.name}),
        );
        all_step.dependOn(&install.step);
        if (isHost(platform, host)) {
            host_step.dependOn(&install.step);
            is_host_known = true;
        }
    }
    if (!is_host_known) host_step.dependOn(&b.addFail("no addon for this platform").step);
}

fn isHost(platform: Platform, host: std.Target) bool {
    return platform.arch == host.cpu.arch and platform.os == host.os.tag and
        (platform.abi == .musl) == host.abi.isMusl();
}

/// The program whose instructions are counted: the C ABI of a library built as the addon is, for a
/// CPU and a libc that are the same on every machine.
fn addCost(b: *Build) void {
    const target = b.resolveTargetQuery(.{
        .cpu_arch = .x86_64,
        .cpu_model = .baseline,
        .os_tag = .linux,
        .abi = .musl,
    });
    const core = nativeModule(b, "src/lib.zig", target, .ReleaseFast);
    // Functions are told apart by name.
    core.strip = false;
    const declarations = b.createModule(.{ .root_source_file = b.path("src/abi.zig") });
    const program = b.addExecutable(.{
        .name = "forkstate-cost",
        .root_module = b.createModule(.{
            .root_source_file = b.path("cost/main.zig"),
            .target = target,
            .optimize = .ReleaseFast,
            .link_libc = true,
            .valgrind = true,
            .imports = &.{.{ .name = "abi", .module = declarations }},
        }),
    });
    program.linkLibrary(b.addLibrary(.{ .name = "forkstate", .root_module = core }));
    const install = b.addInstallFile(program.getEmittedBin(), "cost/forkstate-cost");
    b.step("cost", "Build the program whose instructions are counted").dependOn(&install.step);
}

const TestOptions = struct {
    mode: OptimizeMode,
    filters: []const []const u8,
    /// Operations of one random test against the naive model.
    fuzz_operations: usize,
};

fn addTests(b: *Build, options: TestOptions) void {
    const values = b.addOptions();
    values.addOption(usize, "fuzz_operations", options.fuzz_operations);
    const step = b.step("test", "Run the unit tests of the core and of the generator");
    for ([_][]const u8{ "src/tests.zig", "src/generate.zig" }) |root| {
        const tests = b.addTest(.{
            .name = std.fs.path.stem(root),
            .root_module = b.createModule(.{
                .root_source_file = b.path(root),
                .target = hostTarget(b),
                .optimize = options.mode,
                .link_libc = true,
            }),
            .filters = options.filters,
        });
        tests.root_module.addOptions("options", values);
        const runs = b.addRunArtifact(tests);
        // A cached result would not be counted.
        runs.has_side_effects = true;
        step.dependOn(&runs.step);
    }
}

fn nativeModule(
    b: *Build,
    root: []const u8,
    target: Build.ResolvedTarget,
    mode: OptimizeMode,
) *Build.Module {
    return b.createModule(.{
        .root_source_file = b.path(root),
        .target = target,
        .optimize = mode,
        .link_libc = true,
        .strip = true,
        .unwind_tables = .none,
    });
}

/// This machine's platform with the least CPU and libc it may have.
fn hostTarget(b: *Build) Build.ResolvedTarget {
    const host = b.graph.host.result;
    for (platforms) |platform| {
        if (isHost(platform, host)) return b.resolveTargetQuery(platform.query());
    }
    return b.resolveTargetQuery(.{ .cpu_model = .baseline });
}

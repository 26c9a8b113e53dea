#!/usr/bin/env python3
"""without_ipv6.py COMMAND...: runs it on a kernel that answers as one without IPv6 does (a seccomp filter)."""
import ctypes
import os
import platform
import struct
import sys

AF_INET6, EAFNOSUPPORT = 10, 97
SYS_SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000

# seccomp(2): the number of the call is at 0, its first argument at 16.
PROGRAM = [(LOAD, 0, 0, 0), (EQUAL, 0, 3, SYS_SOCKET), (LOAD, 0, 0, 16), (EQUAL, 0, 1, AF_INET6),
           (RETURN, 0, 0, ERRNO | EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)]

filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in PROGRAM))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(PROGRAM), ctypes.addressof(filters)))
prctl = ctypes.CDLL(None, use_errno=True).prctl
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or \
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_void_p(ctypes.addressof(program)), 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])

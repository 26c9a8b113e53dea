# tests/interop/lab/__init__.py - a laboratory on loopback: nodes, phones, DHT and DNS servers, and a wire to look at. And
# one in network namespaces: homes behind routers of every kind (homes.py, imported by those who need it).
from .nodes import BINARY, PEERS, UNLIMITED, Node, PlainDht
from .phones import PHONES, Baresip, Linphone, Phone, Sipp, ring
from .processes import HERE, ROOT, Failure, Lab, Skip, check, main, need, say, stop_time, wait_for
from .wire import Capture, PhoneWire, contacts

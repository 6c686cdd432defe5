/* Fields, methods and names, found once at each place of the program that looks for them.

mypyc knows where its own classes have what they have, but asks Python each time for what belongs to any other: fields
of a Struct, methods of bytes, what a module imported. Here each place of the emitted C keeps what it found, together
with the version that Python gives a class or a dictionary and takes away when it changes. So do the interpreter's own
inline caches (PEP 659), which machine code does without. `scripts/compile.py` adds this file to what mypyc emitted.
Whatever is not sure goes the way it would have gone. The interpreter's lock guards a place, as it guards theirs.
*/

#ifndef MOHALA_QUICK_H
#define MOHALA_QUICK_H
#ifndef Py_GIL_DISABLED

#include <limits.h>
#include <structmember.h>

/* No class has this version: they are given from 1 up, and 0 is that of a class which changed. */
#define QUICK_NONE UINT_MAX

/* Dictionaries have a version that others may read in 3.11 only. */
#define QUICK_HAS_NAMES (PY_VERSION_HEX < 0x030C0000)
#if QUICK_HAS_NAMES
#ifndef Py_BUILD_CORE
#define Py_BUILD_CORE
#endif
#include <internal/pycore_dict.h>

/* Keys of other kinds compare in Python, and may do so otherwise the next time, raise, or be counted. */
#define QUICK_HAS_PLAIN_KEYS(dict) DK_IS_UNICODE(((PyDictObject *)(dict))->ma_keys)
#endif

/* After so many different answers a place no longer keeps them: it does not ask for the same thing each time. */
#define QUICK_TRIES 8

typedef struct {
    unsigned int version; /* of the class of which a field lies so many bytes behind an object's beginning */
    Py_ssize_t offset;
#if QUICK_HAS_NAMES
    uint64_t names_version; /* of the module that has this value, which it holds */
    PyObject *value;
#endif
} quick_field;

typedef struct {
    unsigned int version; /* of the class that has, and holds, this method */
    PyObject *method;
} quick_method;

typedef struct {
    uint64_t version; /* of the module's dictionary that has this value for this key; both are held here as well */
    PyObject *value;
    PyObject *key;
    int tries;
} quick_item;

static CPy_NOINLINE PyObject *quick_find_field(PyObject *object, PyObject *name, quick_field *place) {
    PyTypeObject *type = Py_TYPE(object);
#if QUICK_HAS_NAMES
    if (PyModule_CheckExact(object)) {
        PyDictObject *names = (PyDictObject *)PyModule_GetDict(object);
        if (place->names_version == names->ma_version_tag) {
            Py_INCREF(place->value);
            return place->value;
        }
        if (QUICK_HAS_PLAIN_KEYS(names) && _PyType_Lookup(type, name) == NULL) {
            PyObject *value = PyDict_GetItemWithError((PyObject *)names, name);
            if (value != NULL) {
                place->names_version = names->ma_version_tag;
                place->value = value;
                Py_INCREF(value);
                return value;
            }
        }
        return PyObject_GetAttr(object, name);
    }
#endif
    if (type->tp_getattro == PyObject_GenericGetAttr) {
        PyObject *found = _PyType_Lookup(type, name); /* gives the class a version, where there is any left */
        if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type) && PyType_IsSubtype(type, PyDescr_TYPE(found))) {
            PyMemberDef *member = ((PyMemberDescrObject *)found)->d_member;
            if (member->type == T_OBJECT_EX && (member->flags & ~READONLY) == 0 && type->tp_version_tag != 0) {
                place->version = type->tp_version_tag;
                place->offset = member->offset;
            }
        }
    }
    return PyObject_GetAttr(object, name);
}

static inline __attribute__((always_inline)) PyObject *
quick_get_field(PyObject *object, PyObject *name, quick_field *place) {
    if (likely(Py_TYPE(object)->tp_version_tag == place->version)) {
        PyObject *value = *(PyObject **)((char *)object + place->offset);
        if (likely(value != NULL)) {
            Py_INCREF(value);
            return value;
        }
    }
    return quick_find_field(object, name, place);
}

static CPy_NOINLINE PyObject *
quick_find_method(PyObject *name, PyObject *const *arguments, size_t count, PyObject *names, quick_method *place) {
    PyTypeObject *type = Py_TYPE(arguments[0]);
    /* An object that can have attributes of its own may have another in the method's place. */
    if (type->tp_getattro == PyObject_GenericGetAttr && type->tp_dictoffset == 0) {
        PyObject *found = _PyType_Lookup(type, name);
        if (found != NULL && PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR) &&
            type->tp_version_tag != 0) {
            place->version = type->tp_version_tag;
            place->method = found;
        }
    }
    return PyObject_VectorcallMethod(name, arguments, count, names);
}

static inline __attribute__((always_inline)) PyObject *
quick_call_method(PyObject *name, PyObject *const *arguments, size_t count, PyObject *names, quick_method *place) {
    if (likely(Py_TYPE(arguments[0])->tp_version_tag == place->version)) {
        PyObject *method = place->method;
        Py_INCREF(method); /* the class may let go of it meanwhile */
        PyObject *told = PyObject_Vectorcall(method, arguments, count & ~PY_VECTORCALL_ARGUMENTS_OFFSET, names);
        Py_DECREF(method);
        return told;
    }
    return quick_find_method(name, arguments, count, names, place);
}

#undef CPyObject_GetAttr
#define CPyObject_GetAttr(object, name) __extension__({ \
    static quick_field place = {.version = QUICK_NONE}; \
    quick_get_field((object), (name), &place); \
})
#define PyObject_VectorcallMethod(name, arguments, count, names) __extension__({ \
    static quick_method place = {.version = QUICK_NONE}; \
    quick_call_method((name), (arguments), (count), (names), &place); \
})

#if QUICK_HAS_NAMES

static CPy_NOINLINE PyObject *quick_find_item(PyObject *dict, PyObject *key, quick_item *place) {
    /* Only names that the program itself has are interned here, and only modules' dictionaries are kept. What citizens
       typed stands in others, and would be held; and Python 3.11 lets go of what an object's dictionary had before it
       takes the version away, so that a finalizer could find it here once more. */
    if (place->tries < QUICK_TRIES && PyDict_CheckExact(dict) && PyUnicode_CheckExact(key) &&
        PyUnicode_CHECK_INTERNED(key)) {
        place->tries += 1;
        PyObject *value = QUICK_HAS_PLAIN_KEYS(dict) && PyDict_GetItemString(dict, "__spec__") != NULL
                              ? PyDict_GetItemWithError(dict, key)
                              : NULL;
        if (value != NULL) {
            PyObject *former_key = place->key, *former_value = place->value;
            Py_INCREF(key);
            Py_INCREF(value); /* for the place */
            Py_INCREF(value); /* for whoever asked */
            *place = (quick_item){((PyDictObject *)dict)->ma_version_tag, value, key, place->tries};
            Py_XDECREF(former_key);
            Py_XDECREF(former_value); /* which may come here again */
            return value;
        }
    }
    return CPyDict_GetItem(dict, key);
}

static inline __attribute__((always_inline)) PyObject *quick_get_item(PyObject *dict, PyObject *key, quick_item *place) {
    if (likely(((PyDictObject *)dict)->ma_version_tag == place->version && place->key == key)) {
        PyObject *value = place->value;
        Py_INCREF(value);
        return value;
    }
    return quick_find_item(dict, key, place);
}

#define CPyDict_GetItem(dict, key) __extension__({ \
    static quick_item place; \
    quick_get_item((dict), (key), &place); \
})

#endif
#endif
#endif

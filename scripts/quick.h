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
    uint64_t version; /* of the dictionary that has, and holds, this value for this key, which is held here */
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
        if (_PyType_Lookup(type, name) == NULL) {
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
    /* Only names that the program itself has are interned here, and only dictionaries that rarely change are kept. */
    if (place->tries < QUICK_TRIES && PyDict_CheckExact(dict) && PyUnicode_CheckExact(key) &&
        PyUnicode_CHECK_INTERNED(key)) {
        PyObject *value = PyDict_GetItemWithError(dict, key);
        if (value != NULL) {
            Py_INCREF(key);
            Py_XSETREF(place->key, key);
            place->version = ((PyDictObject *)dict)->ma_version_tag;
            place->value = value;
            place->tries += 1;
            Py_INCREF(value);
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

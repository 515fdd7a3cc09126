/* The C interface of tamis: an auto-tuner whose loop is the caller's.
 *
 *   tamis_error *error = NULL;
 *   tamis_space *space = tamis_space_parse("tamis: 1\nknobs: {tile: [1, 2, 4, 8]}", &error);
 *   tamis_study_options options = {.size = sizeof options, .name = "example", .log = "example.tamis"};
 *   tamis_study *study = tamis_study_open(space, &options, &error);
 *   tamis_config *config;
 *   while (tamis_study_ask(study, 1, &config, &error) == 1) {
 *     tamis_study_tell_latency(study, config, run(tamis_config_integer(config, "tile", &error)), &error);
 *     tamis_config_free(config);
 *   }
 *
 * Every call that can fail takes `tamis_error **error` last. On failure it returns false, NULL, 0 or nothing
 * asked, as its comment says, and if `error` is not NULL it stores an error there, which the caller frees. An
 * error that is stored there already is kept and the new one dropped, so that several calls may be checked
 * together; a program begins with a NULL. No call prints, exits or throws.
 *
 * Handles are opaque, freed by the function of their name, which takes NULL too. Every handle stays good when
 * those that it was made from are freed. A handle is used by one thread at a time; different studies are
 * independent. Texts are UTF-8 and end with a zero byte; those that tamis returns belong to the handle that
 * they were asked of. Needs C11 or C++; the library's name and version promise that programs which were
 * linked with it run with every later one of the same TAMIS_C_VERSION: structs only grow at their end, which
 * their field `size` tells. */
#ifndef TAMIS_H
#define TAMIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TAMIS_C_VERSION 0

/* The version of tamis, "0.1.0". */
const char* tamis_version(void);

/* ---- Errors ----------------------------------------------------------------------------------------------
 */

typedef struct tamis_error tamis_error;

typedef enum tamis_error_kind {
  TAMIS_INVALID_INPUT = 1, /* the caller or a file said something that cannot be meant */
  TAMIS_NOT_FOUND = 2,     /* a named file, strategy, knob, ... does not exist */
  TAMIS_UNSUPPORTED = 3,   /* well formed, but this version cannot do it */
  TAMIS_IO = 4,            /* reading or writing failed */
  TAMIS_CORRUPT = 5,       /* a file is damaged or foreign */
  TAMIS_INTERNAL = 6       /* a defect of tamis itself, or memory ran out */
} tamis_error_kind;

/* A sentence that says what was wrong and what to do. "" for NULL. */
const char* tamis_error_message(const tamis_error* error);
tamis_error_kind tamis_error_kind_of(const tamis_error* error);
void tamis_error_free(tamis_error* error);

/* ---- Spaces ----------------------------------------------------------------------------------------------
 */

/* Knobs with their values, and constraints. */
typedef struct tamis_space tamis_space;

/* A space from a text in JSON or YAML, as space files are written. NULL on failure. */
tamis_space* tamis_space_parse(const char* text, tamis_error** error);
/* A space from a file: tamis's own form or T1. NULL on failure. */
tamis_space* tamis_space_read(const char* path, tamis_error** error);
void tamis_space_free(tamis_space* space);
/* The number of configs of the full product, constraints not regarded; UINT64_MAX where these are 2^63 or
 * more. */
uint64_t tamis_space_size(const tamis_space* space);
/* The number of configs that the constraints allow; false where counting them would take too long, and where
 * they are 2^63 or more. */
bool tamis_space_allowed(const tamis_space* space, uint64_t* allowed);
size_t tamis_space_knob_count(const tamis_space* space);
/* The name of a knob by its position; NULL beyond the last. */
const char* tamis_space_knob(const tamis_space* space, size_t position);

/* ---- Configs ---------------------------------------------------------------------------------------------
 */

/* A value for every knob of a space. */
typedef struct tamis_config tamis_config;

/* A config from assignments as people write them, "tile=8"; knobs that are not named keep their first value.
 * NULL on failure: an unknown knob or value, a knob given twice. */
tamis_config* tamis_config_parse(const tamis_space* space, const char* const* assignments, size_t count,
                                 tamis_error** error);
void tamis_config_free(tamis_config* config);
/* The value of a knob whose values are integers. 0 on failure. */
int64_t tamis_config_integer(const tamis_config* config, const char* knob, tamis_error** error);
/* The value of a knob whose values are numbers. 0 on failure. */
double tamis_config_number(const tamis_config* config, const char* knob, tamis_error** error);
/* The value of any knob as people write it: "8", "nchw", "[8, 4]"; a name as it is. NULL on failure. */
const char* tamis_config_text(const tamis_config* config, const char* knob, tamis_error** error);
/* The factors of a knob whose values are splits, outermost first: how many there are; the first `room` of
 * them are written to `factors`. 0 on failure. */
size_t tamis_config_factors(const tamis_config* config, const char* knob, int64_t* factors, size_t room,
                            tamis_error** error);
/* "tile=8 layout=nchw": all knobs; a split by its inner factors, "8x4". */
const char* tamis_config_describe(const tamis_config* config);

/* ---- Studies ---------------------------------------------------------------------------------------------
 */

/* What came of a config. */
typedef enum tamis_verdict {
  TAMIS_VALID = 0,             /* built, ran, and computed the right result */
  TAMIS_REJECTED = 1,          /* excluded beforehand */
  TAMIS_BUILD_FAILED = 2,      /* no program could be made */
  TAMIS_BUILD_TIMEOUT = 3,     /* making the program took too long */
  TAMIS_RESOURCE_EXCEEDED = 4, /* a program exists but does not fit */
  TAMIS_LAUNCH_FAILED = 5,     /* the device did not accept the program */
  TAMIS_RUN_FAILED = 6,        /* the device or the program reported an error */
  TAMIS_CRASHED = 7,           /* the process that ran it died */
  TAMIS_RUN_TIMEOUT = 8,       /* it hung */
  TAMIS_WRONG_RESULT = 9,      /* it ran and computed something else */
  TAMIS_DEVICE_LOST = 10,      /* not the config's fault; never learnt from, may be told again */
  /* None: makes the type as wide as int, so that any number can be refused. */
  TAMIS_NO_VERDICT = -2147483647 - 1
} tamis_verdict;

/* The word of a verdict in logs and files, "run_timeout"; NULL for a number that is none. */
const char* tamis_verdict_name(tamis_verdict verdict);

/* What a study searches with and where it keeps its trials. All but `log`, `resume` and `device` is part of
 * what it is recognised by when it is resumed. A text that is NULL has its default. */
typedef struct tamis_study_options {
  size_t size;          /* sizeof(tamis_study_options) */
  const char* name;     /* of what is tuned; default "study" */
  const char* identity; /* differs whenever a config could behave differently: processor, compiler, input */
  const char* strategy; /* default "tamis" */
  const char* initializer; /* default: the strategy's */
  uint64_t seed;
  const char* log;    /* a file, created when missing; default: nothing is kept */
  bool resume;        /* go on with the newest matching study of the log, if there is one */
  const char* device; /* of trials whose outcome names none */
  /* what is optimised where it is no latency, "NAME[:UNIT][:min|max]": "energy:J", "GFLOP/s:max"; part of
   * what the study is recognised by */
  const char* objective;
} tamis_study_options;

/* What came of a config, in full. Everything but `size` and what the verdict needs may be zero. */
typedef struct tamis_outcome {
  size_t size; /* sizeof(tamis_outcome) */
  tamis_verdict verdict;
  const double*
      latencies_ns; /* samples in ns, each from 0.001 to 1e15: at least one for a valid config, else none */
  size_t latency_count;
  const char* message; /* why it is not valid */
  const char* const* feature_names;
  const double* feature_values; /* what building or running revealed; finite */
  size_t feature_count;
  const char* device;
  int64_t build_ns; /* time spent building, ns */
  int64_t run_ns;   /* time spent running and checking, ns */
  /* samples of the study's objective in its own unit, instead of latencies_ns */
  const double* values;
  size_t value_count;
} tamis_outcome;

/* Trials counted honestly. */
typedef struct tamis_counts {
  size_t size;              /* sizeof(tamis_counts) */
  uint64_t trials;          /* configs tried */
  uint64_t measurements;    /* trials that reached the device */
  uint64_t rejected_builds; /* trials that building refused before the device */
  uint64_t invalid;         /* trials whose verdict is not valid */
} tamis_counts;

typedef struct tamis_study tamis_study;

/* Opens a study; `options` may be NULL. NULL on failure: an unknown strategy, a log that cannot be written or
 * holds another space under this name where it is to be resumed, ... */
tamis_study* tamis_study_open(const tamis_space* space, const tamis_study_options* options,
                              tamis_error** error);
void tamis_study_free(tamis_study* study);

/* Asks for up to `count` configs, writes them to `configs`, which has room for as many, and returns how many
 * there are: fewer when no more exist, or, after resuming, when fewer were asked but not told before. 0 when
 * the study is done, or on failure. The caller frees the configs. More may be asked before those asked are
 * told. With a log the ask is durable when this returns. */
size_t tamis_study_ask(tamis_study* study, size_t count, tamis_config** configs, tamis_error** error);

/* Takes in what came of a config; with a log it is durable when this returns. A config that was not asked is
 * a result known from elsewhere. False on failure, which leaves the study as it was: a config told twice, of
 * another space or outside this one, an outcome that contradicts itself. */
bool tamis_study_tell(tamis_study* study, const tamis_config* config, const tamis_outcome* outcome,
                      tamis_error** error);
/* The same for a valid config with one latency in ns. */
bool tamis_study_tell_latency(tamis_study* study, const tamis_config* config, double latency_ns,
                              tamis_error** error);
/* The same for a valid config with one value of the study's objective, in its unit. */
bool tamis_study_tell_value(tamis_study* study, const tamis_config* config, double value,
                            tamis_error** error);
/* The same for a config that is not valid; `message` may be NULL. */
bool tamis_study_tell_failure(tamis_study* study, const tamis_config* config, tamis_verdict verdict,
                              const char* message, tamis_error** error);

/* Whether an ask would give nothing because every config was given. */
bool tamis_study_done(const tamis_study* study);
/* How many trials were taken from the log. */
uint64_t tamis_study_resumed(const tamis_study* study);
/* What asking to resume came to, in a sentence: which session continues, or what differs from the one that is
 * nearest. "" where it was not asked for, and for NULL. */
const char* tamis_study_resume_note(const tamis_study* study);
/* Fills what `counts->size` leaves room for. */
void tamis_study_counts(const tamis_study* study, tamis_counts* counts);
/* The valid config of the best value, of equally good ones the first, and its latency (the median of its
 * samples) where `latency_ns` is not NULL; NaN where the study is of another objective. NULL when none was
 * valid, which is not an error, or on failure. The caller frees it. */
tamis_config* tamis_study_best(const tamis_study* study, double* latency_ns, tamis_error** error);

/* The best value of the study's objective, in its unit; NaN when no config was valid, and for NULL. */
double tamis_study_best_value(const tamis_study* study);

/* A trial, good until the function that was called with it returns. */
typedef struct tamis_trial {
  size_t size; /* as the library knows it: a field beyond it is not there */
  uint64_t number;
  const tamis_config* config;
  tamis_verdict verdict;
  bool measured;              /* whether it reached the device */
  const double* latencies_ns; /* none where the study is of another objective */
  size_t latency_count;
  double latency_ns; /* their median; infinity when there is none */
  const char* message;
  const char* device;
  const char* proposer; /* the initializer or strategy that proposed it, or "told" */
  double value; /* of the study's objective, in its unit: the median of its samples; NaN when there is none */
} tamis_trial;

/* Calls `visit` with every trial that was told, by number, until it returns false. False on failure. */
bool tamis_study_visit(const tamis_study* study, bool (*visit)(const tamis_trial* trial, void* context),
                       void* context, tamis_error** error);

#ifdef __cplusplus
}
#endif

#endif
